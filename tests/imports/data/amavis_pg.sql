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
-- Name: mailaddr; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mailaddr (
    id integer NOT NULL,
    priority integer DEFAULT 9 NOT NULL,
    email bytea NOT NULL
);


ALTER TABLE public.mailaddr OWNER TO postgres;

--
-- Name: mailaddr_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.mailaddr_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.mailaddr_id_seq OWNER TO postgres;

--
-- Name: mailaddr_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.mailaddr_id_seq OWNED BY public.mailaddr.id;


--
-- Name: users; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.users (
    id integer NOT NULL,
    priority integer DEFAULT 7 NOT NULL,
    policy_id integer DEFAULT 1 NOT NULL,
    email bytea NOT NULL,
    fullname character varying(255) DEFAULT NULL::character varying,
    CONSTRAINT users_policy_id_check CHECK ((policy_id >= 0))
);


ALTER TABLE public.users OWNER TO postgres;

--
-- Name: users_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.users_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.users_id_seq OWNER TO postgres;

--
-- Name: users_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;


--
-- Name: wblist; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.wblist (
    rid integer NOT NULL,
    sid integer NOT NULL,
    wb character varying(10) NOT NULL,
    CONSTRAINT wblist_rid_check CHECK ((rid >= 0)),
    CONSTRAINT wblist_sid_check CHECK ((sid >= 0))
);


ALTER TABLE public.wblist OWNER TO postgres;

--
-- Name: mailaddr id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.mailaddr ALTER COLUMN id SET DEFAULT nextval('public.mailaddr_id_seq'::regclass);


--
-- Name: users id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);


--
-- Data for Name: mailaddr; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mailaddr (id, priority, email) FROM stdin;
1	9	\\x667269656e6440676f6f642e6578616d706c65
2	5	\\x402e70757368792e6578616d706c65
3	5	\\x407370616d2e6578616d706c65
4	0	\\x402e
5	9	\\x6e65757472616c40782e6578616d706c65
6	9	\\x73636f72656440782e6578616d706c65
7	5	\\x406578616d706c652e74657374
\.


--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.users (id, priority, policy_id, email, fullname) FROM stdin;
1	9	1	\\x616461406578616d706c652e74657374	Ada
2	5	1	\\x406578616d706c652e74657374	\N
3	9	1	\\x636f7261406f746865722e6578616d706c65	\N
\.


--
-- Data for Name: wblist; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.wblist (rid, sid, wb) FROM stdin;
1	1	W
1	2	B
1	3	N
1	4	B
1	5	 
1	6	-3.5
1	7	Y
2	3	B
3	3	B
\.


--
-- Name: mailaddr_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.mailaddr_id_seq', 1, false);


--
-- Name: users_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.users_id_seq', 1, false);


--
-- Name: mailaddr mailaddr_email_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.mailaddr
    ADD CONSTRAINT mailaddr_email_key UNIQUE (email);


--
-- Name: mailaddr mailaddr_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.mailaddr
    ADD CONSTRAINT mailaddr_pkey PRIMARY KEY (id);


--
-- Name: users users_email_key; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);


--
-- Name: wblist wblist_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.wblist
    ADD CONSTRAINT wblist_pkey PRIMARY KEY (rid, sid);


--
-- Name: wblist wblist_rid_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.wblist
    ADD CONSTRAINT wblist_rid_fkey FOREIGN KEY (rid) REFERENCES public.users(id);


--
-- Name: wblist wblist_sid_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.wblist
    ADD CONSTRAINT wblist_sid_fkey FOREIGN KEY (sid) REFERENCES public.mailaddr(id);


--
-- PostgreSQL database dump complete
--


