/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed_case.h"

static const char verdicts[] =
	"\xef\xbb\xbf"
	"type,indicator,classification,detected_date\r\n"
	"domain,a[.]example[.]org,malicious,2030-01-02\r\n"
	"url,hXXps[:]//b[.]example[.]org/x?y={z@w},phishing,2030-01-03\r\n"
	"domain,c[.]example[.]org,legitimate,2030-01-04\r\n"
	"domain,d[.]example[.]org,Known-Good,\r\n"
	"\r\n"
	",,,\r\n"
	"ip,8.8.8[.]8,suspicious,03/04/2030\r\n"
	"sha256,0000000000000000000000000000000000000000000000000000000000000001"
	",malware,\r\n"
	"email,x@example.org,malware,\r\n"
	"domain,,malware,\r\n"
	"domain,a.example.org,benign,\r\n";

static void test_verdicts(void **state)
{
	struct feed_case *f = *state;

	f->feed.dates = DATES_DAY_FIRST;
	feed_case_read(f, "csv", verdicts);
	assert_values(f, "a.example.org 2, https://b.example.org/x?y={z@w} 3, c.example.org 4, "
			 "d.example.org 5, 8.8.8.8 8");
	assert_int_equal(feed_case_item(f, 0)->advice, ADVICE_MATCH);
	assert_int_equal(feed_case_item(f, 0)->first_seen, 1893542400);
	assert_string_equal(feed_case_item(f, 0)->context, "malicious");
	assert_int_equal(feed_case_item(f, 1)->advice, ADVICE_URL_ONLY);
	assert_int_equal(feed_case_item(f, 2)->advice, ADVICE_NOT_AN_INDICATOR);
	assert_string_equal(feed_case_item(f, 2)->why, "its source says it is legitimate");
	assert_int_equal(feed_case_item(f, 3)->advice, ADVICE_NOT_AN_INDICATOR);
	assert_int_equal(feed_case_item(f, 4)->first_seen, 1901404800);
	assert_int_equal(feed_case_reason(f, "the hash of a file"), 1);
	assert_int_equal(feed_case_reason(f, "of a type that traffic does not show"), 1);
	assert_int_equal(feed_case_reason(f, "no value"), 1);
	assert_int_equal(f->report.duplicates, 1);
	assert_int_equal(f->report.accepted, 3);
	assert_int_equal(f->report.reviewed, 2);
}

static void test_misp_types(void **state)
{
	struct feed_case *f = *state;

	f->feed.obey_to_ids = true;
	feed_case_read(f, "csv",
		"uuid,event_id,category,type,value,comment,to_ids,date\n"
		"u,1,Network activity,domain,\"a.example.org\",\"\",1,1893542400\n"
		"u,1,Network activity,ip-dst|port,8.8.8.8|443,\"one\ntwo\",0,1893542400\n"
		"u,1,Network activity,domain|ip,b.example.org|8.8.4.4,c,1,1893542400\n"
		"u,1,Network activity,hostname|port,c.example.org|80,c,1,1893542400\n"
		"u,1,External analysis,link,https://reports.example.com/1,c,0,1893542400\n"
		"u,1,Payload delivery,filename,setup.sh,c,1,1893542400\n"
		"u,1,Network activity,ja3-fingerprint-md5,0123456789ABCDEF0123456789abcdef,,1,\n"
		"u,1,Network activity,x509-fingerprint-sha1,"
		"0123456789012345678901234567890123456789,,1,\n"
		"u,1,Payload delivery,sha1,0123456789012345678901234567890123456780,,1,\n"
		"u,1,Network activity,AS,64500,,1,\n"
		"u,1,Network activity,user-agent,\"A (b, c)\",,1,\n"
		"u,1,Attribution,dns-soa-email,d.example.org,,1,\n"
		"u,1,Attribution,target-machine,e.example.org,,1,\n"
		"u,1,Network activity,ip-dst|port,8.8.8.8,,1,\n"
		"u,1,Network activity,ip-dst|port,8.8.8.8|https,,1,\n");
	assert_values(f, "a.example.org 2, 8.8.8.8:443 3, b.example.org 5, c.example.org 6, "
			 "0123456789abcdef0123456789abcdef 9, "
			 "0123456789012345678901234567890123456789 10, AS64500 12, A (b, c) 13, "
			 "8.8.8.8 16");
	assert_int_equal(feed_case_item(f, 0)->published, 1893542400);
	assert_string_equal(feed_case_item(f, 0)->context, "Network activity");
	assert_string_equal(feed_case_item(f, 1)->context, "one two");
	assert_int_equal(feed_case_item(f, 1)->advice, ADVICE_REVIEW);
	assert_int_equal(feed_case_item(f, 4)->type, INDICATOR_JA3);
	assert_int_equal(feed_case_item(f, 5)->type, INDICATOR_CERT_SHA1);
	assert_int_equal(feed_case_item(f, 7)->type, INDICATOR_USER_AGENT);
	assert_int_equal(feed_case_reason(f, "of a type that traffic does not show"), 4);
	assert_int_equal(feed_case_reason(f, "the hash of a file"), 1);
	assert_int_equal(feed_case_reason(f, "a port that is no number"), 1);
}

static void test_abuse_ch(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "csv",
		"################\n# Some \"list (CSV)     #\n################\n#\n"
		"\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\","
		"\"malware\"\n"
		"\"2030-01-02 00:00:00\",\"8.8.8.8\",\"1194\",\"online\",\"2030-01-03\",\"x\"\n"
		"# END (1) \"entries\n");
	assert_values(f, "8.8.8.8:1194 6");
	assert_int_equal(feed_case_item(f, 0)->first_seen, 1893542400);
	assert_int_equal(feed_case_item(f, 0)->last_confirmed, 1893628800);
	assert_string_equal(feed_case_item(f, 0)->context, "x");

	feed_case_read(f, "csv",
		"# JA3 Fingerprints\n#\n# ja3_md5,Firstseen,Lastseen,Listingreason\r\n"
		"0123456789abcdef0123456789abcdef,2030-01-02 00:00:00,,Some kit\r\n"
		"xyz,,,\r\n# END\r\n");
	assert_values(f, "0123456789abcdef0123456789abcdef 4");
	assert_string_equal(feed_case_item(f, 0)->context, "Some kit");
	assert_int_equal(feed_case_reason(f, "not a JA3 hash"), 1);

	feed_case_read(f, "csv",
		"# SSL Certificate list (SHA1)\n# Listingdate,SHA1,Listingreason\n"
		"2030-01-02,0123456789012345678901234567890123456789,Some kit\n");
	assert_int_equal(feed_case_item(f, 0)->type, INDICATOR_CERT_SHA1);
	/* without that word they are of files */
	assert_int_equal(feed_case_bytes(f, NULL, "date,sha1\n2030-01-02,00\n", 24), -EBADMSG);

	feed_case_read(f, "csv",
		"# "
		"\"first_seen_utc\",\"ioc_value\",\"ioc_type\",\"reference\",\"confidence_level\"\n"
		"\"2030-01-02\", \"8.8.8.8:443\", \"ip:port\", \"https://r.example.com/, 1\", "
		"\"75\"\n"
		"\"2030-01-02\", \"a.example.org\", \"domain\", \"None\", \"high\"\n");
	assert_values(f, "8.8.8.8:443 2, a.example.org 3");
	assert_string_equal(feed_case_item(f, 0)->reference, "https://r.example.com/, 1");
	assert_int_equal(feed_case_item(f, 0)->confidence, 75);
	assert_string_equal(feed_case_item(f, 1)->reference, "");
	assert_int_equal(feed_case_item(f, 1)->confidence, 85);
}

static void test_ports(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "csv",
		"IP address;Port;Domain\n"
		"8.8.8[.]8;80, 443/tcp;a.example.org\n"
		"2001:4860:4860::8888;53;-\n"
		"8.8.4.4;any;n/a\n"
		"8.8.4.0/24;53;\n"
		"8.8.4.4:1;2;\n"
		"8.8.8.8;99999;\n"
		"8.8.8.8;1-9;\n"
		"\"8.8.8.8,8.8.4.4\";25;\"b.example.org\nc.example.org; d.example.org\"\n"
		"-;22;none\n");
	assert_values(f, "8.8.8.8:80 2, 8.8.8.8:443 2, a.example.org 2, "
			 "[2001:4860:4860::8888]:53 3, 8.8.4.4 4, 8.8.4.4:1 6, 8.8.8.8:25 9, "
			 "8.8.4.4:25 9, b.example.org 9, c.example.org 9, d.example.org 9");
	assert_int_equal(feed_case_reason(f, "more than 16 ports in a row"), 0);
	assert_int_equal(feed_case_reason(f, "a prefix with a port"), 1);
	assert_int_equal(feed_case_reason(f, "a wrong address, port or prefix length"), 1);
	assert_int_equal(feed_case_reason(f, "a port that is no number"), 1);
	assert_int_equal(feed_case_reason(f, "no value"), 1);
}

/* Many addresses and many ports do not make the product of them. */
static void test_port_bomb(void **state)
{
	struct feed_case *f = *state;
	size_t size = 20000, used = 0;
	_cleanup_(free_ptr) char *text = malloc(size);

	assert_non_null(text);
	used += (size_t)snprintf(text, size, "ip,port\n\"");
	for (unsigned i = 1; i < 256; i++)
		used += (size_t)snprintf(text + used, size - used, "8.8.8.%u,", i);
	used += (size_t)snprintf(text + used, size - used, "\",\"");
	for (unsigned i = 1; i < 1000; i++)
		used += (size_t)snprintf(text + used, size - used, "%u,", i);
	snprintf(text + used, size - used, "\"\n");
	feed_case_read(f, "csv", text);
	assert_int_equal(feed_case_count(f), 255 * 16);
	assert_int_equal(feed_case_reason(f, "more than 16 ports in a row"), 255);
}

/* What a row says of the host of its URL is no indicator; a URL that is a host only is one. */
static void test_url_beside_host(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "csv",
		"id,dateadded,url,host,ip,asn\n"
		"1,2030-01-02,http://x.example.org/page,x.example.org,8.8.8.8,AS64500\n"
		"2,2030-01-02,http://y.example.org/,y.example.org,8.8.4.4,AS64500\n");
	assert_values(f, "http://x.example.org/page 2, y.example.org 3, 8.8.4.4 3");
	assert_int_equal(feed_case_reason(f, "beside a URL, which is not widened to its host"), 1);
	feed_case_read(f, "csv", "indicator|domain|ip\na.example.org|example.org|8.8.8.8\n");
	assert_values(f, "a.example.org 2");
	feed_case_read(f, "csv", "asn\tcountry\nAS64500\tXX\n");
	assert_int_equal(feed_case_item(f, 0)->type, INDICATOR_ASN);
}

static void test_rows(void **state)
{
	struct feed_case *f = *state;

	feed_case_read(f, "csv",
		"domain\tmatch_type\tsource\treport_url\ttlp\tdisarm\n"
		"a.example.org\texact\tA, B\thttps://r.example.com/1\tTLP:GREEN\tT0149.001\n"
		"b.example.org\tcontains\tA\t\t\t\n"
		"c.example.org\texact\n"
		"d.example.org\texact\tA\t\t\t\t\t\n"
		"e.example.org\texact\tA\t\t\t\tmore\n"
		"f.example.org\t\"exact\"x\tA\t\t\t\n"
		"g.example.org\tRegEx\thttps://s.example.com/\t\t\t\n");
	assert_values(f, "a.example.org 2, b.example.org 3, d.example.org 5, g.example.org 8");
	assert_string_equal(feed_case_item(f, 0)->reference, "https://r.example.com/1");
	assert_string_equal(feed_case_item(f, 0)->context, "A, B");
	assert_string_equal(feed_case_item(f, 0)->tlp, "TLP:GREEN");
	assert_string_equal(feed_case_item(f, 0)->disarm, "T0149.001");
	assert_int_equal(feed_case_item(f, 1)->advice, ADVICE_REFUSE);
	assert_string_equal(feed_case_item(f, 1)->why, "a rule about parts of names");
	assert_int_equal(feed_case_item(f, 2)->advice, ADVICE_MATCH);
	assert_int_equal(feed_case_item(f, 3)->advice, ADVICE_REFUSE);
	assert_string_equal(feed_case_item(f, 3)->reference, "https://s.example.com/");
	assert_int_equal(feed_case_reason(f, "not as many fields as the header has"), 2);
	assert_int_equal(feed_case_reason(f, "text behind a closing quotation mark"), 1);

	feed_case_read(f, "csv", "domain,note\na.example.org,\"b\nb.example.org,c\n");
	assert_int_equal(f->report.read, 0);
	assert_int_equal(f->report.broken_line, 2);
}

static void test_described(void **state)
{
	static const char text[] = "Where,What,When,Kind,domain\n"
				   "a.example.org,x,02/01/2030,Bad,other.example.org\n"
				   "b.example.org,y,02/01/2030,good,other.example.org\n"
				   "c.example.org,z,02/01/2030,bad,other.example.org\n";
	struct feed_case *f = *state;

	f->feed.columns[FEED_VALUE] = "where";
	f->feed.columns[FEED_CONTEXT] = "What";
	f->feed.columns[FEED_FIRST_SEEN] = "when";
	f->feed.dates = DATES_DAY_FIRST;
	f->feed.only_column = "kind";
	f->feed.only_value = "bad";
	assert_int_equal(feed_case_bytes(f, "csv", text, strlen(text)), 0);
	assert_values(f, "a.example.org 2, c.example.org 4");
	assert_int_equal(feed_case_item(f, 0)->first_seen, 1893542400);
	assert_string_equal(feed_case_item(f, 1)->context, "z");
	assert_int_equal(feed_case_reason(f, "left out by the description of the feed"), 1);

	f->feed.only_value = NULL;
	f->feed.not_value = "GOOD";
	assert_int_equal(feed_case_bytes(f, "csv", text, strlen(text)), 0);
	assert_values(f, "a.example.org 2, c.example.org 4");

	/* a column that is not there chooses nothing: nothing is read at all */
	f->feed.only_column = "sort";
	assert_int_equal(feed_case_bytes(f, "csv", text, strlen(text)), 0);
	assert_int_equal(f->report.broken_line, 1);
	assert_int_equal(f->report.read, 0);
	f->feed.only_column = NULL;
	f->feed.columns[FEED_VALUE] = "absent";
	assert_int_equal(feed_case_bytes(f, "csv", text, strlen(text)), 0);
	assert_int_equal(f->report.broken_line, 1);

	/* named, a column of hashes holds those of certificates */
	f->feed = (struct feed){.columns = {[FEED_VALUE] = "SHA1"}};
	assert_int_equal(feed_case_bytes(f, "csv",
				 "SHA1;x\n0123456789012345678901234567890123456789;\n", 50),
		0);
	assert_int_equal(feed_case_item(f, 0)->type, INDICATOR_CERT_SHA1);
}

static void test_not_recognised(void **state)
{
	static const char *const others[] = {"a,b\n1,2\n", "type,evil.example.org,domain\nx,y,z\n",
		"0123456789abcdef0123456789abcdef,\"Some application\"\n",
		"# alert tls (msg:\"x\"; ja3.hash; content:\"y\";)\nalert tls (msg:\"x\";)\n",
		"file,sha256\na,b\n", "\"domain,note\na.example.org,b\n"};
	struct feed_case *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(feed_case_bytes(f, NULL, others[i], strlen(others[i])), -EBADMSG);
	feed_case_read(f, "plain", "# domains\na.example.org # a, b\nb.example.org\n");
	assert_int_equal(feed_case_count(f), 2);
	feed_case_read(f, "csv", "\"domain\"\n\"a.example.org\"\n");
	assert_values(f, "a.example.org 2");
	feed_case_read(f, "meta-csv",
		"indicator_type,indicator_value,comment,ds\ndomain,a.example.org,,\n");
	/* its header is none of these */
	feed_case_read(f, "zeek-intel", "#fields\tindicator\tindicator_type\na.example.org\tx\n");
}

static void test_limits(void **state)
{
	struct feed_case *f = *state;
	_cleanup_(free_ptr) char *text = malloc(70000);

	assert_non_null(text);
	memset(text, ',', 70000);
	memcpy(text, "domain", 6);
	assert_int_equal(feed_case_bytes(f, "csv", text, 70000), 0);
	assert_int_equal(f->report.broken_line, 1);
	memset(text + 12, 'a', 69988);
	memcpy(text + 6, ",note\n", 6);
	assert_int_equal(feed_case_bytes(f, NULL, text, 70000), 0);
	assert_int_equal(feed_case_reason(f, "a row of more than 64 KiB"), 1);
	assert_int_equal(feed_case_bytes(f, "csv", "ip,port\n8.8.8.8\0x,80\n8.8.8.8,8\0\n", 32), 0);
	assert_int_equal(feed_case_count(f), 0);
	assert_int_equal(f->report.refused, 2);
}

static void test_prefixes(void **state)
{
	feed_case_prefixes(*state, "csv", verdicts);
	feed_case_prefixes(*state, "csv",
		"# x\n# ip,port;domain\n8.8.8.8,\"80;443\"\n\"a\"\"b\",8\n2001:db8::1,1/udp");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_verdicts, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_misp_types, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_abuse_ch, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_ports, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_port_bomb, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_url_beside_host, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_rows, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_described, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_not_recognised, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_limits, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
