/*M!999999\- enable the sandbox mode */
-- MariaDB dump 10.19-11.4.2-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: mailcow
-- ------------------------------------------------------
-- Server version	11.4.2-MariaDB-ubu2404

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET TIME_ZONE='+00:00' */;

--
-- Table structure for table `quarantine`
--

DROP TABLE IF EXISTS `quarantine`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `quarantine` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `qid` varchar(30) NOT NULL,
  `subject` varchar(500) DEFAULT NULL,
  `score` float(8,2) DEFAULT NULL,
  `ip` varchar(50) DEFAULT NULL,
  `action` char(20) NOT NULL DEFAULT 'unknown',
  `symbols` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`symbols`)),
  `fuzzy_hashes` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`fuzzy_hashes`)),
  `sender` varchar(255) NOT NULL DEFAULT 'unknown',
  `rcpt` varchar(255) DEFAULT NULL,
  `msg` longtext DEFAULT NULL,
  `domain` varchar(255) DEFAULT NULL,
  `notified` tinyint(1) NOT NULL DEFAULT 0,
  `created` datetime NOT NULL DEFAULT current_timestamp(),
  `user` varchar(255) NOT NULL DEFAULT 'unknown',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `quarantine`
--

LOCK TABLES `quarantine` WRITE;
/*!40000 ALTER TABLE `quarantine` DISABLE KEYS */;
INSERT INTO `quarantine` VALUES
(1,'4Xq1','Cheap pills',15.20,'192.0.2.77','reject','[{\"name\":\"BAYES_SPAM\",\"score\":5.1}]','[]','seller@shop.example','ada@example.test','From: Seller <seller@shop.example>\r\nTo: ada@example.test\r\nSubject: Cheap pills\r\n\r\nIt\'s \\ cheap; isn\'t it?), (\r\n',NULL,0,'2026-09-21 14:13:20','unknown'),
(2,'4Xq2','a notice',8.00,'192.0.2.78','add header','[]','[]','empty-env-from@localhost','ben@example.test','Subject: a notice\n\nlines that end with LF\n',NULL,1,'2026-09-21 14:15:00','unknown');
INSERT INTO `quarantine` VALUES
(3,'4Xq3','elsewhere',9.99,'2001:db8::5','reject','[]','[]','x@spam.example','cora@other.example','Subject: elsewhere\r\n\r\nbody\r\n',NULL,0,'2026-09-21 14:16:00','unknown'),
(4,'4Xq4','broken',9.99,'192.0.2.79','reject','[]','[]','x@spam.example','ada@example.test','Subject: broken\r\n\r\na bare \r carriage return\r\n',NULL,0,'2026-09-21 14:17:00','unknown'),
(5,'4Xq5',NULL,NULL,NULL,'reject',NULL,NULL,'unknown','ada@example.test',NULL,NULL,0,'2026-09-21 14:18:00','unknown'),
(6,'4Xq6','hex',7.50,'192.0.2.80','reject','[]','[]','x@hex.example','ada@example.test',0x5375626A6563743A206865780D0A0D0A626F64790D0A,NULL,0,'2026-09-21 14:19:00','unknown');
/*!40000 ALTER TABLE `quarantine` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `filterconf`
--

DROP TABLE IF EXISTS `filterconf`;
CREATE TABLE `filterconf` (
  `object` varchar(255) NOT NULL DEFAULT '',
  `option` varchar(50) NOT NULL DEFAULT '',
  `value` varchar(100) NOT NULL DEFAULT '',
  `prefid` int(11) NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`prefid`),
  KEY `object` (`object`)
) ENGINE=InnoDB AUTO_INCREMENT=9 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC;

LOCK TABLES `filterconf` WRITE;
/*!40000 ALTER TABLE `filterconf` DISABLE KEYS */;
INSERT INTO `filterconf` VALUES
('ada@example.test','whitelist_from','friend@good.example',1),
('ada@example.test','blacklist_from','*@pushy.example',2),
('ada@example.test','whitelist_from','*.com',3),
('ada@example.test','whitelist_from','example.test',4),
('ada@example.test','blacklist_from','*lottery*',5),
('example.test','blacklist_from','spam.example',6),
('cora@other.example','blacklist_from','spam.example',7),
('ada@example.test','lowspamlevel','8',8);
/*!40000 ALTER TABLE `filterconf` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

-- Dump completed on 2026-09-22 10:00:00
