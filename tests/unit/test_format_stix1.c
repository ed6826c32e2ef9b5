/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/unit/feed_case.h"

#define DROPPED "its other conditions would be dropped"

static const char format[] = "stix1";

/* `{KIND:text}` in a text stands for an observable of one object: */
static const struct {
	const char *kind, *type, *before, *after;
} objects[] = {
	{"N", "DomainNameObjectType'", "<Value>", "</Value>"},
	{"A", "AddressObjectType' category='ipv4-addr'", "<Address_Value>", "</Address_Value>"},
	{"M", "AddressObjectType' category='e-mail'", "<Address_Value>", "</Address_Value>"},
	{"P", "PortObjectType'", "<Port_Value>", "</Port_Value>"},
	{"U", "URIObjectType' type='URL'", "<Value>", "</Value>"},
	{"H", "HostnameObjectType'", "<Hostname_Value>", "</Hostname_Value>"},
	{"X", "MutexObjectType'", "<Name>", "</Name>"},
	{"F", "FileObjectType'", "<Hashes><Hash><Type>MD5</Type><Simple_Hash_Value>",
		"</Simple_Hash_Value></Hash></Hashes>"},
};

/* Returns the text with these written out; freed by the caller. */
static char *written_out(const char *text)
{
	size_t size = 0, count;
	char *to = NULL;
	FILE *file = open_memstream(&to, &size);

	assert_non_null(file);
	for (; *text; text += count) {
		size_t i = 0;

		count = strcspn(text, "{");
		if (count) {
			fprintf(file, "%.*s", (int)count, text);
			continue;
		}
		while (strncmp(text + 1, objects[i].kind, 1) != 0)
			i++;
		count = strcspn(text, "}") + 1;
		fprintf(file,
			"<x:Observable xmlns:x='x'><Object><Properties "
			"x:type='x:%s>%s%.*s%s</Properties>"
			"</Object></x:Observable>",
			objects[i].type, objects[i].before, (int)count - 4, text + 3,
			objects[i].after);
	}
	fclose(file);
	return to;
}

/* A package of that. */
static void read_package(struct feed_case *f, const char *text)
{
	_cleanup_(free_ptr) char *inside = written_out(text);
	size_t size = strlen(inside) + 64;
	_cleanup_(free_ptr) char *package = malloc(size);

	assert_non_null(package);
	snprintf(package, size, "<STIX_Package xmlns:x='x'>%s</STIX_Package>", inside);
	feed_case_read_twice(f, format, package);
}

/* Names below example.org, one letter or two each: "a b1". */
static void expect_names(const struct feed_case *f, const char *names, enum indicator_advice advice)
{
	while (*names) {
		int bytes = (int)strcspn(names, " ");
		char value[64];

		snprintf(value, sizeof(value), "%.*s.example.org", bytes, names);
		feed_case_expect(f, INDICATOR_DOMAIN, value, advice);
		names += bytes + (names[bytes] == ' ');
	}
}

static void test_about(void **state)
{
	struct feed_case *f = *state;
	const struct indicator *item;

	feed_case_read_twice(f, format,
		"<?xml version='1.0'?>\n"
		"<s:STIX_Package xmlns:s='s' timestamp='2030-01-01T00:00:00Z'>\n"
		"<s:STIX_Header><s:Title>Package</s:Title><s:Handling><s:Marking>"
		"<s:Marking_Structure color='GREEN'/><s:Marking_Structure>"
		"<s:Terms_Of_Use>CC0</s:Terms_Of_Use></s:Marking_Structure></s:Marking>"
		"</s:Handling><s:Information_Source><s:References><s:Reference>"
		"https://example.org/r</s:Reference></s:References></s:Information_Source>"
		"</s:STIX_Header>\n"
		"<s:Indicators>\n"
		"<s:Indicator timestamp='2030-01-02T00:00:00Z'><s:Title>Spoofed</s:Title>"
		"<s:Valid_Time_Position><s:Start_Time>2030-02-03</s:Start_Time>"
		"<s:End_Time>2031-01-01</s:End_Time></s:Valid_Time_Position>"
		"<s:Observable><s:Object><s:Properties s:type='D:DomainNameObjectType'>"
		"<s:Value condition='Equals'>a.example.org</s:Value></s:Properties></s:Object>"
		"</s:Observable><s:Confidence><s:Value>High</s:Value></s:Confidence>"
		"<s:Related_Campaigns><s:Related_Campaign><s:Campaign idref='c1'/>"
		"</s:Related_Campaign></s:Related_Campaigns><s:Handling><s:Marking>"
		"<s:Marking_Structure color='AMBER'/></s:Marking></s:Handling></s:Indicator>\n"
		"<s:Indicator><s:Observable><s:Object>"
		"<s:Properties s:type='D:DomainNameObjectType'>\n"
		"<s:Value>b.example.org</s:Value></s:Properties></s:Object></s:Observable>"
		"</s:Indicator></s:Indicators>\n"
		"<s:Campaigns><s:Campaign id='c1'><s:Title>T</s:Title><s:Names><s:Name>Op</s:Name>"
		"</s:Names></s:Campaign><s:Campaign id='c2'><s:Title>Other</s:Title></s:Campaign>"
		"</s:Campaigns></s:STIX_Package>");
	assert_int_equal(f->report.read, 2);
	item = feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	assert_string_equal(item->context, "Spoofed");
	assert_string_equal(item->campaign, "Op");
	assert_string_equal(item->tlp, "AMBER");
	assert_string_equal(item->licence, "CC0");
	assert_string_equal(item->reference, "https://example.org/r");
	assert_int_equal(item->published, 1893542400);
	assert_int_equal(item->first_seen, 1896307200);
	assert_int_equal(item->expires, 1924992000);
	assert_int_equal(item->confidence, 85);
	item = feed_case_expect(f, INDICATOR_DOMAIN, "b.example.org", ADVICE_MATCH);
	assert_string_equal(item->context, "Package");
	assert_string_equal(item->campaign, "a feed"); /* of two campaigns none is of all */
	assert_string_equal(item->tlp, "GREEN");
	assert_int_equal(item->published, 1893456000);
	assert_int_equal(item->line, 7);
}

static void test_objects(void **state)
{
	struct feed_case *f = *state;

	read_package(f,
		"<Indicator>{N:a.example.org}</Indicator><Indicator>{A:9.9.9.1}</Indicator>"
		"<Indicator>{U:b.example.org/x}</Indicator><Indicator>{H:c.example.org}</Indicator>"
		"<Indicator>{U:9.9.9.4/24}</Indicator>"
		"<Indicator><Observable><Object><Properties x:type='S:SocketAddressObjectType'>"
		"<IP_Address><Address_Value>9.9.9.2</Address_Value></IP_Address><Port>"
		"<Port_Value>443</Port_Value><Layer4_Protocol>TCP</Layer4_Protocol></Port>"
		"</Properties></Object></Observable></Indicator>"
		"<Indicator><Observable><Object><Properties x:type='H:HTTPSessionObjectType'>"
		"<HTTP_Request_Response><HTTP_Client_Request><HTTP_Request_Header><Parsed_Header>"
		"<User_Agent>Bot/1.0</User_Agent></Parsed_Header></HTTP_Request_Header>"
		"</HTTP_Client_Request></HTTP_Request_Response></Properties></Object></Observable>"
		"</Indicator>"
		"<Indicator><Observable><Object><Properties x:type='X:X509CertificateObjectType'>"
		"<Certificate><Serial_Number>1</Serial_Number></Certificate><Certificate_Signature>"
		"<Signature_Algorithm>SHA1</Signature_Algorithm><Signature>"
		"b0238c547a905bfa119c4e8baccaeacf36491ff6</Signature></Certificate_Signature>"
		"</Properties></Object></Observable></Indicator>"
		"<Indicator><Observable><Object><Properties x:type='A:ASObjectType'>"
		"<Number>65551</Number><Name>n</Name></Properties></Object></Observable></"
		"Indicator>"
		"<Indicator><Observable><Object><Properties x:type='D:DNSRecordObjectType'>"
		"<Domain_Name><Value>d.example.org</Value></Domain_Name><IP_Address>"
		"<Address_Value>9.9.9.3</Address_Value></IP_Address><Entry_Type>A</Entry_Type>"
		"</Properties></Object></Observable></Indicator>"
		"<Indicator><Observable><Object><Defined_Object x:type='A:AddressObjectType' "
		"category='ipv4-net'><Address_Value>9.9.8.0/24</Address_Value></Defined_Object>"
		"</Object></Observable></Indicator>"
		"<Indicator><Observable><Object><Properties x:type='U:URIObjectType'/></Object>"
		"</Observable></Indicator>");
	expect_names(f, "a c d", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.1", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_URL, "b.example.org/x", ADVICE_URL_ONLY);
	feed_case_expect(f, INDICATOR_URL, "9.9.9.4/24", ADVICE_URL_ONLY);
	feed_case_expect(f, INDICATOR_IP_PORT, "9.9.9.2:443", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_USER_AGENT, "Bot/1.0", ADVICE_MATCH);
	feed_case_expect(
		f, INDICATOR_CERT_SHA1, "b0238c547a905bfa119c4e8baccaeacf36491ff6", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_ASN, "AS65551", ADVICE_MATCH);
	assert_null(feed_case_find(f, "9.9.9.3"));
	feed_case_expect(f, INDICATOR_PREFIX, "9.9.8.0/24", ADVICE_MATCH);
	assert_int_equal(feed_case_refused(f, DROPPED), 1);
	assert_int_equal(feed_case_refused(f, "an object that is not seen on the wire"), 1);
	assert_int_equal(f->report.read, 13);
}

/* One indicator of a name, with these attributes of its value. */
static void read_value(struct feed_case *f, const char *attributes, const char *value)
{
	char text[512];

	snprintf(text, sizeof(text),
		"<Indicator><Observable><Object><Properties x:type='D:DomainNameObjectType'>"
		"<Value %s>%s</Value></Properties></Object></Observable></Indicator>",
		attributes, value);
	read_package(f, text);
}

static void test_conditions(void **state)
{
	static const struct {
		const char *attributes, *why;
	} refused[] = {
		{"condition='DoesNotEqual'", "it says what it is not"},
		{"condition='DoesNotContain'", "it says what it is not"},
		{"apply_condition='NONE'", "it says what it is not"},
		{"condition='InclusiveBetween'", "a range of values"},
		{"condition='BitwiseAnd' bit_mask='ff'", "a range of values"},
		{"condition='Contains'", "a substring rule"},
		{"condition='StartsWith'", "a substring rule"},
		{"condition='EndsWith'", "a substring rule"},
		{"condition='FitsPattern'", "a substring rule"},
	};
	struct feed_case *f = *state;

	read_value(f, "condition='Equals'", "a.example.org##comma##b.example.org");
	expect_names(f, "a b", ADVICE_MATCH);
	read_value(f, "apply_condition='ANY' delimiter=';'", "a.example.org;b.example.org");
	expect_names(f, "a b", ADVICE_MATCH);
	read_value(f, "apply_condition='ALL'", "a.example.org##comma##b.example.org");
	assert_int_equal(feed_case_refused(f, DROPPED), 1);
	assert_int_equal(f->report.read, 1);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		read_value(f, refused[i].attributes, "a.example.org");
		if (feed_case_refused(f, refused[i].why) != 1)
			fail_msg("%s", refused[i].attributes);
		assert_int_equal(f->report.read, 1);
		if (strcmp(refused[i].why, "a substring rule") == 0)
			expect_names(f, "a", ADVICE_REFUSE);
	}
	read_package(f, "<Indicator negate='true'>{N:a.example.org}</Indicator>"
			"<Indicator><Observable negate='1'><Object><Properties><Value>b.example.org"
			"</Value></Properties></Object></Observable></Indicator>");
	assert_int_equal(f->report.read, 4);
	assert_int_equal(f->report.refused, 4);
}

/* MISP's mark, which counts where a person says that it does. */
static void test_ids_flag(void **state)
{
	static const char text[] =
		"<STIX_Package xmlns:x='x'><Indicator><Observable><Object><Properties><Value>"
		"a.example.org</Value></Properties></Object></Observable><Confidence><Value>None"
		"</Value><Description>Derived from MISP's IDS flag. If ...</Description>"
		"</Confidence></Indicator></STIX_Package>";
	struct feed_case *f = *state;

	feed_case_read_twice(f, format, text);
	assert_int_equal(
		feed_case_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH)->confidence,
		0);
	f->feed = (struct feed){.obey_to_ids = true};
	assert_int_equal(feed_case_bytes(f, NULL, text, strlen(text)), 0);
	expect_names(f, "a", ADVICE_REVIEW);
}

static void test_refused(void **state)
{
	struct feed_case *f = *state;

	read_package(f,
		"<Indicator>{F:b0238c547a905bfa119c4e8baccaeac0}</Indicator>"
		"<Indicator>{M:a@example.org}</Indicator><Indicator>{X:m.example.org}</Indicator>"
		"<Indicator>{P:80}</Indicator><Indicator><Observable idref='nowhere'/></Indicator>"
		"<Indicator><Observable><Event/></Observable></Indicator>"
		"<Indicator><Sightings><Sighting><Related_Observables><Related_Observable>"
		"{N:v.example.org}</Related_Observable></Related_Observables></Sighting></"
		"Sightings>"
		"</Indicator>");
	assert_int_equal(f->report.read, 7);
	assert_int_equal(f->report.refused, 7);
	assert_int_equal(feed_case_refused(f, "the hash of a file"), 1);
	assert_int_equal(feed_case_refused(f, "an e-mail address"), 1);
	assert_int_equal(feed_case_refused(f, "an object that is not seen on the wire"), 1);
	assert_int_equal(feed_case_refused(f, "a port without an address"), 1);
	assert_int_equal(feed_case_refused(f, "a reference to what is not in the file"), 1);
	assert_int_equal(feed_case_refused(f, "an event, not what is seen of it"), 1);
	assert_int_equal(feed_case_refused(f, "what was seen with an indicator, or its victim"), 1);
}

/* One indicator of a composition of that. */
static void read_composition(struct feed_case *f, const char *operator, const char * members)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"<Indicator><Observable><Observable_Composition operator='%s'>%s"
		"</Observable_Composition></Observable></Indicator>",
		operator, members);
	read_package(f, text);
}

static void test_together(void **state)
{
	static const char *const dropped[] = {"{N:a.example.org}{N:b.example.org}",
		"{N:a.example.org}{X:m}", "{A:9.9.9.1}{A:9.9.9.2}", "{A:9.9.9.0/24}{P:80}",
		"{A:9.9.9.1}{P:80##comma##81}",
		"{N:a.example.org}{F:b0238c547a905bfa119c4e8baccaeac0}"};
	struct feed_case *f = *state;

	read_composition(f, "OR", "{N:a.example.org}{N:b.example.org}{P:80}");
	expect_names(f, "a b", ADVICE_MATCH);
	assert_int_equal(f->report.refused, 1);
	read_composition(f, "AND", "{A:9.9.9.1}{P:8443}");
	feed_case_expect(f, INDICATOR_IP_PORT, "9.9.9.1:8443", ADVICE_MATCH);
	assert_int_equal(f->report.read, 1);
	read_composition(f, "AND", "{N:c.example.org}{A:9.9.9.2}");
	expect_names(f, "c", ADVICE_MATCH);
	assert_int_equal(feed_case_refused(f, DROPPED), 1);
	read_composition(f, "AND", "{N:d.example.org}");
	expect_names(f, "d", ADVICE_MATCH);
	for (size_t i = 0; i < ARRAY_LEN(dropped); i++) {
		read_composition(f, "AND", dropped[i]);
		if (f->report.read != 2 || feed_case_refused(f, DROPPED) != 2)
			fail_msg("%s", dropped[i]);
	}
	read_composition(f, "AND",
		"{N:e.example.org}<Observable><Observable_Composition operator='OR'>{A:9.9.9.3}"
		"{A:9.9.9.4}</Observable_Composition></Observable>");
	assert_int_equal(f->report.accepted, 0);
	read_package(f, "<Indicator><Composite_Indicator_Expression operator='AND'><Indicator>"
			"{N:a.example.org}</Indicator><Indicator>{N:b.example.org}</Indicator>"
			"</Composite_Indicator_Expression></Indicator>"
			"<Indicator><Composite_Indicator_Expression operator='OR'><Indicator>"
			"{N:g.example.org}</Indicator><Indicator>{N:h.example.org}</Indicator>"
			"</Composite_Indicator_Expression></Indicator>");
	expect_names(f, "g h", ADVICE_MATCH);
	assert_int_equal(f->report.accepted, 2);
	assert_int_equal(feed_case_refused(f, DROPPED), 2);
}

/* What the package lists is used once, in the way that refers to it. */
static void test_references(void **state)
{
	struct feed_case *f = *state;

	read_package(f,
		"<Observables><Observable id='n1'><Object id='o1'><Properties><Value>a.example.org"
		"</Value></Properties></Object></Observable><Observable "
		"id='n2'><Object><Properties>"
		"<Value>b.example.org</Value></Properties></Object></Observable><Observable "
		"id='n3'>"
		"<Object><Properties><Value>c.example.org</Value></Properties></Object></"
		"Observable>"
		"{N:d.example.org}</Observables><Indicators><Indicator><Title>one</Title>"
		"<Observable "
		"idref='n1'/></Indicator><Indicator><Observable><Observable_Composition "
		"operator='AND'><Observable idref='n2'/><Observable idref='n3'/>"
		"</Observable_Composition></Observable></Indicator><Indicator id='i1'>"
		"{N:e.example.org}</Indicator><Indicator><Composite_Indicator_Expression "
		"operator='AND'><Indicator idref='i1'/><Indicator>{N:g.example.org}</Indicator>"
		"</Composite_Indicator_Expression></Indicator><Indicator id='i2'>{N:h.example.org}"
		"<Related_Indicators><Related_Indicator><Indicator idref='i2'/></Related_Indicator>"
		"</Related_Indicators></Indicator></Indicators>");
	expect_names(f, "a d h", ADVICE_MATCH);
	assert_string_equal(feed_case_find(f, "a.example.org")->context, "one");
	assert_int_equal(f->report.accepted, 3);
	assert_int_equal(feed_case_refused(f, DROPPED), 4);
	assert_int_equal(f->report.read, 7);
}

static void test_places(void **state)
{
	_cleanup_(free_ptr) char *taxii = written_out(
		"<Poll_Response><Content_Block><Content><STIX_Package><Related_Packages>"
		"<Related_Package><Package><Incidents><Incident><Title>I</Title>"
		"<Related_Observables><Related_Observable>{N:a.example.org}</Related_Observable>"
		"</Related_Observables><Victim>{N:v.example.org}</Victim></Incident></Incidents>"
		"</Package></Related_Package></Related_Packages></STIX_Package></Content>"
		"</Content_Block></Poll_Response>");
	struct feed_case *f = *state;

	feed_case_read_twice(f, format, taxii);
	expect_names(f, "a", ADVICE_MATCH);
	assert_string_equal(feed_case_find(f, "a.example.org")->context, "I");
	assert_null(feed_case_find(f, "v.example.org"));
	feed_case_read_twice(f, format,
		"<x:Observables xmlns:x='x' cybox_major_version='2'><x:Observable><x:Object>"
		"<x:Properties x:type='D:DomainNameObjectType'><x:Value>b.example.org</x:Value>"
		"</x:Properties><x:Related_Objects><x:Related_Object>"
		"<x:Properties x:type='A:AddressObjectType'><x:Address_Value>9.9.9.9"
		"</x:Address_Value></x:Properties></x:Related_Object></x:Related_Objects>"
		"</x:Object></x:Observable></x:Observables>");
	expect_names(f, "b", ADVICE_MATCH);
	feed_case_expect(f, INDICATOR_IP, "9.9.9.9", ADVICE_REVIEW);
}

/* References in circles, and each four times to the next: they end. */
static void test_bombs(void **state)
{
	struct feed_case *f = *state;
	size_t size = 65536, used;
	char *text = calloc(1, size);

	assert_non_null(text);
	read_package(f, "<Observables><Observable id='a'><Observable_Composition operator='OR'>"
			"<Observable idref='a'/><Observable idref='b'/></Observable_Composition>"
			"</Observable><Observable id='b'><Observable_Composition operator='AND'>"
			"<Observable idref='b'/><Observable idref='a'/></Observable_Composition>"
			"</Observable></Observables><Indicators><Indicator><Observable idref='a'/>"
			"</Indicator><Indicator><Observable idref='b'/></Indicator></Indicators>");
	assert_int_equal(f->report.accepted, 0);
	for (size_t kind = 0; kind < 2; kind++) {
		used = (size_t)snprintf(text, size, "<STIX_Package><Observables>");
		for (unsigned i = 0; i < 60; i++)
			used += (size_t)snprintf(text + used, size - used,
				"<Observable id='n%u'><Observable_Composition operator='%s'>"
				"<Observable idref='n%u'/><Observable idref='n%u'/>"
				"<Observable idref='n%u'/><Observable idref='n%u'/>"
				"</Observable_Composition></Observable>",
				i, kind ? "AND" : "OR", i + 1, i + 1, i + 1, i + 1);
		snprintf(text + used, size - used,
			"</Observables><Indicators><Indicator><Observable idref='n0'/></Indicator>"
			"</Indicators></STIX_Package>");
		feed_case_read_twice(f, format, text);
		assert_int_equal(f->report.accepted, 0);
	}
	assert_string_equal(f->report.broken_why, "more references than are followed");
	free(text);
}

static void test_prefixes(void **state)
{
	static const char *const odd[] = {"<STIX_Package/>", "<Package/>", "<a/>", "{}", "",
		"<STIX_Package><Indicators><Indicator/></Indicators></STIX_Package>",
		"<STIX_Package><Observables><Observable idref=''/></Observables></STIX_Package>",
		"<STIX_Package><Observable id='' idref=''/></STIX_Package>", "<Observable/>",
		"<Indicator/>", "<Properties/>"};
	_cleanup_(free_ptr) char *whole = written_out(
		"<STIX_Package><Indicator><Observable><Observable_Composition operator='AND'>"
		"{N:c.example.org}{A:9.9.9.2}</Observable_Composition></Observable></Indicator>"
		"</STIX_Package>");
	struct feed_case *f = *state;

	feed_case_cuts(f, format, whole);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		assert_int_equal(feed_case_bytes(f, format, odd[i], strlen(odd[i])), 0);
		assert_int_equal(f->report.accepted, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_about, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_objects, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_conditions, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_ids_flag, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_refused, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_together, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_references, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_places, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(test_bombs, feed_case_set_up, feed_case_tear_down),
		cmocka_unit_test_setup_teardown(
			test_prefixes, feed_case_set_up, feed_case_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
