--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'SQL_ASCII';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: cmailstore; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.cmailstore (
    cid integer DEFAULT 0 NOT NULL,
    rid integer NOT NULL,
    id integer NOT NULL,
    "time" integer NOT NULL,
    qtype "char" NOT NULL,
    bytes integer NOT NULL,
    spamlevel integer NOT NULL,
    info character varying,
    sender character varying(255) NOT NULL,
    header character varying NOT NULL,
    file character varying(255) NOT NULL
);


ALTER TABLE public.cmailstore OWNER TO postgres;

--
-- Name: cmailstore_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.cmailstore_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.cmailstore_id_seq OWNER TO postgres;

--
-- Name: cmailstore_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.cmailstore_id_seq OWNED BY public.cmailstore.id;


--
-- Name: cmsreceivers; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.cmsreceivers (
    cmailstore_cid integer NOT NULL,
    cmailstore_rid integer NOT NULL,
    pmail character varying(255) NOT NULL,
    receiver character varying(255),
    ticketid integer NOT NULL,
    status "char" NOT NULL,
    mtime integer NOT NULL
);


ALTER TABLE public.cmsreceivers OWNER TO postgres;

--
-- Name: userprefs; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.userprefs (
    pmail character varying NOT NULL,
    name character varying(255) NOT NULL,
    data character varying,
    mtime integer NOT NULL
);


ALTER TABLE public.userprefs OWNER TO postgres;

--
-- Name: cmailstore id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.cmailstore ALTER COLUMN id SET DEFAULT nextval('public.cmailstore_id_seq'::regclass);


--
-- Data for Name: cmailstore; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.cmailstore (cid, rid, id, "time", qtype, bytes, spamlevel, info, sender, header, file) FROM stdin;
0	1	1	1790000000	S	421	7	HTML_MESSAGE:0.001,BAYES_99:3.5	seller@shop.example	Subject: Cheap\tpills \\ now\nFrom: Seller <seller@shop.example>\n	spam/A3/1F2B6ABC000A3
0	2	2	1790000100	V	640	0	Win.Test.EICAR_HDB-1	bad@malware.example	Subject: invoice\n	virus/07/2F2B6ABC00107
0	3	3	1790000200	S	300	5	\N	x@done.example	Subject: done\n	spam/01/3F2B6ABC00101
1	4	4	1790000300	A	300	0	\N		Subject: notice\n	cluster/1/attachment/10/4F2B6ABC00110
0	5	5	1790000400	S	300	5	\N	y@gone.example	Subject: gone\n	../../../../etc/passwd
0	6	6	1790000500	S	300	5	\N	z@else.example	Subject: elsewhere\n	spam/05/6F2B6ABC00505
\.


--
-- Data for Name: cmsreceivers; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.cmsreceivers (cmailstore_cid, cmailstore_rid, pmail, receiver, ticketid, status, mtime) FROM stdin;
0	1	ada@example.test	\N	11	N	1790000000
0	1	ben@example.test	Ben.Alias@example.test	12	N	1790000000
0	2	ada@example.test	\N	13	N	1790000100
0	3	ada@example.test	\N	14	D	1790000900
1	4	ada@example.test	\N	15	N	1790000300
0	5	ada@example.test	\N	16	N	1790000400
0	6	cora@other.example	\N	17	N	1790000500
\.


--
-- Data for Name: userprefs; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.userprefs (pmail, name, data, mtime) FROM stdin;
ada@example.test	WL	friend@good.example,news.example,example.test,com	1790000000
ada@example.test	BL	bad@malware.example; *.pushy.example	1790000000
ada@example.test	LANG	de	1790000000
cora@other.example	BL	spam.example	1790000000
ben@example.test	WL		1790000000
\.


--
-- Name: cmailstore_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.cmailstore_id_seq', 1, false);


--
-- Name: cmailstore cmailstore_id_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.cmailstore
    ADD CONSTRAINT cmailstore_id_key UNIQUE (id);


--
-- Name: cmailstore cmailstore_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.cmailstore
    ADD CONSTRAINT cmailstore_pkey PRIMARY KEY (cid, rid);


--
-- Name: userprefs userprefs_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.userprefs
    ADD CONSTRAINT userprefs_pkey PRIMARY KEY (pmail, name);


--
-- PostgreSQL database dump complete
--


