/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/unit/feed_read.h"

#define PACKAGE(body)    "<stix:STIX_Package xmlns:stix='s' xmlns:x='x'>" body "</stix:STIX_Package>"
#define INDICATORS(body) PACKAGE("<stix:Indicators>" body "</stix:Indicators>")
#define INDICATOR(body)  "<stix:Indicator>" body "</stix:Indicator>"
#define OBSERVABLE(body) "<x:Observable>" body "</x:Observable>"
#define OBJECT(type, body)                                                                         \
	"<x:Object><x:Properties x:type='Y:" type "ObjectType'>" body "</x:Properties></x:Object>"
#define NAMED(id, name)                                                                            \
	"<x:Observable id='" id                                                                    \
	"'>" OBJECT("DomainName", "<x:Value>" name "</x:Value>") "</x:Observable>"
#define NAME(name) OBSERVABLE(OBJECT("DomainName", "<x:Value>" name "</x:Value>"))
#define ADDRESS(address)                                                                           \
	OBSERVABLE(OBJECT("Address", "<x:Address_Value>" address "</x:Address_Value>"))
#define PORT(port) OBSERVABLE(OBJECT("Port", "<x:Port_Value>" port "</x:Port_Value>"))
#define TOGETHER(operator, body)                                                                   \
	OBSERVABLE("<x:Observable_Composition operator='" operator"'>" body                        \
								  "</x:Observable_Composition>")
#define DROPPED "its other conditions would be dropped"

static const char format[] = "stix1";

static void test_about(void **state)
{
	struct feed_read *f = *state;
	const struct indicator *item;

	feed_read(f, format,
		"<?xml version='1.0'?>\n"
		"<s:STIX_Package xmlns:s='s' timestamp='2030-01-01T00:00:00Z'>\n"
		"<s:STIX_Header><s:Title>Package</s:Title><s:Handling><s:Marking>\n"
		"<s:Marking_Structure color='GREEN'/><s:Marking_Structure>"
		"<s:Terms_Of_Use>CC0</s:Terms_Of_Use></s:Marking_Structure></s:Marking></"
		"s:Handling>\n"
		"<s:Information_Source><s:References><s:Reference>https://example.org/r"
		"</s:Reference></s:References></s:Information_Source></s:STIX_Header>\n"
		"<s:Indicators><s:Indicator timestamp='2030-01-02T00:00:00Z'>"
		"<s:Title>Spoofed</s:Title><s:Valid_Time_Position><s:Start_Time>2030-02-03"
		"</s:Start_Time><s:End_Time>2031-01-01</s:End_Time></s:Valid_Time_Position>"
		"<s:Observable>" OBJECT("DomainName",
			"<s:Value condition='Equals'>a.example.org</s:Value>") "</"
									       "s:Observable><s:"
									       "Confidence><s:"
									       "Value>High</"
									       "s:Value></"
									       "s:Confidence>"
									       "<s:Related_"
									       "Campaigns><s:"
									       "Related_Campaign><"
									       "s:Campaign "
									       "idref='c1'/>"
									       "</"
									       "s:Related_Campaign>"
									       "</"
									       "s:Related_"
									       "Campaigns><s:"
									       "Handling><s:"
									       "Marking>"
									       "<s:Marking_"
									       "Structure "
									       "color='AMBER'/></"
									       "s:Marking></"
									       "s:Handling></"
									       "s:Indicator>\n"
									       "<s:Indicator><s:"
									       "Observable>" OBJECT(
										       "DomainName",
										       "<s:Value>b."
										       "example."
										       "org</"
										       "s:Value>") "</s:Observable></s:Indicator></s:Indicators>\n"
												   "<s:Campaigns><s:Campaign id='c1'><s:Title>T</s:Title><s:Names><s:Name>Op</s:Name>"
												   "</s:Names></s:Campaign><s:Campaign id='c2'><s:Title>Other</s:Title></s:Campaign>"
												   "</s:Campaigns></s:STIX_Package>");
	assert_int_equal(f->report.read, 2);
	item = feed_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	assert_string_equal(item->context, "Spoofed");
	assert_string_equal(item->campaign, "Op");
	assert_string_equal(item->tlp, "AMBER");
	assert_string_equal(item->licence, "CC0");
	assert_string_equal(item->reference, "https://example.org/r");
	assert_int_equal(item->published, 1893542400);
	assert_int_equal(item->first_seen, 1896307200);
	assert_int_equal(item->expires, 1924992000);
	assert_int_equal(item->confidence, 85);
	item = feed_expect(f, INDICATOR_DOMAIN, "b.example.org", ADVICE_MATCH);
	assert_string_equal(item->context, "Package");
	assert_string_equal(item->campaign, "feed"); /* of two campaigns none is of all */
	assert_string_equal(item->tlp, "GREEN");
	assert_int_equal(item->published, 1893456000);
	assert_int_equal(item->line, 7);
}

static void test_objects(void **state)
{
	struct feed_read *f = *state;

	feed_read(f, format,
		INDICATORS(INDICATOR(NAME("a.example.org")) INDICATOR(
			ADDRESS("9.9.9.1")) INDICATOR(OBSERVABLE(OBJECT("URI' type='URL",
			""))) INDICATOR(OBSERVABLE("<x:Object><x:Properties "
						   "x:type='U:URIObjectType' "
						   "type='URL'><x:Value>b.example.org/x</x:Value>"
						   "</x:Properties></x:Object>"))
				INDICATOR(OBSERVABLE(
					OBJECT("Hostname", "<x:Is_Domain_Name>true</"
							   "x:Is_Domain_Name><x:Hostname_Value>"
							   "c.example.org</x:Hostname_Value>")))
					INDICATOR(OBSERVABLE(OBJECT("SocketAddress",
						"<x:IP_Address><x:Address_Value>9.9.9.2</"
						"x:Address_Value></x:IP_Address>"
						"<x:Port><x:Port_Value>443</"
						"x:Port_Value><x:Layer4_Protocol>TCP"
						"</x:Layer4_Protocol></x:Port>")))
						INDICATOR(OBSERVABLE(OBJECT("HTTPSession",
							"<x:HTTP_Request_Response><x:HTTP_Client_"
							"Request><x:HTTP_Request_Header>"
							"<x:Parsed_Header><x:User_Agent>Bot/1.0</"
							"x:User_Agent></x:Parsed_Header>"
							"</x:HTTP_Request_Header></"
							"x:HTTP_Client_Request>"
							"</x:HTTP_Request_Response>")))
							INDICATOR(OBSERVABLE(OBJECT(
								"X509Certificate",
								"<x:Certificate><x:Serial_Number>1<"
								"/x:Serial_Number></x:Certificate>"
								"<x:Certificate_Signature><x:"
								"Signature_Algorithm>SHA1"
								"</"
								"x:Signature_Algorithm><x:"
								"Signature>"
								"b0238c547a905bfa119c4e8baccaeacf36"
								"491ff6</x:Signature>"
								"</x:Certificate_Signature>")))
								INDICATOR(OBSERVABLE(OBJECT("AS",
									"<x:Number>65551</"
									"x:Number><x:Name>n</"
									"x:Name>")))
									INDICATOR(OBSERVABLE(OBJECT(
										"DNSRecord",
										"<x:Domain_Name><x:"
										"Value>d.example."
										"org</x:Value></"
										"x:Domain_Name>"
										"<x:IP_Address><x:"
										"Address_Value>9.9."
										"9.3</"
										"x:Address_Value></"
										"x:IP_Address>"
										"<x:Entry_Type>A</"
										"x:Entry_Type>")))
										INDICATOR(OBSERVABLE(
											"<x:Object>"
											"<x:"
											"Defined_"
											"Object "
											"x:type='A:"
											"AddressObj"
											"ectType' "
											"category='"
											"ipv4-net'>"
											"<x:"
											"Address_"
											"Value>9.9."
											"8.0/24"
											"</"
											"x:Address_"
											"Value></"
											"x:Defined_"
											"Object></"
											"x:"
											"Object"
											">"))));
	feed_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	feed_expect(f, INDICATOR_IP, "9.9.9.1", ADVICE_MATCH);
	feed_expect(f, INDICATOR_URL, "b.example.org/x", ADVICE_URL_ONLY);
	feed_expect(f, INDICATOR_DOMAIN, "c.example.org", ADVICE_MATCH);
	feed_expect(f, INDICATOR_IP_PORT, "9.9.9.2:443", ADVICE_MATCH);
	feed_expect(f, INDICATOR_USER_AGENT, "Bot/1.0", ADVICE_MATCH);
	feed_expect(
		f, INDICATOR_CERT_SHA1, "b0238c547a905bfa119c4e8baccaeacf36491ff6", ADVICE_MATCH);
	feed_expect(f, INDICATOR_ASN, "AS65551", ADVICE_MATCH);
	feed_expect(f, INDICATOR_DOMAIN, "d.example.org", ADVICE_MATCH);
	assert_null(feed_find(f, "9.9.9.3"));
	feed_expect(f, INDICATOR_PREFIX, "9.9.8.0/24", ADVICE_MATCH);
	assert_int_equal(feed_refused(f, DROPPED), 1);
	assert_int_equal(feed_refused(f, "an object that is not seen on the wire"), 1);
}

static void test_conditions(void **state)
{
	struct feed_read *f = *state;

	feed_read(f, format,
		INDICATORS(INDICATOR(OBSERVABLE(
			OBJECT("DomainName", "<x:Value condition='Equals' "
					     "apply_condition='ANY'>"
					     "a1.example.org##comma##a2.example.org</"
					     "x:Value>"))) INDICATOR(OBSERVABLE(OBJECT("Dom"
										       "ain"
										       "Nam"
										       "e",
			"<x:Value condition='Equals' delimiter=';'>a3.example.org;a4.example.org"
			"</x:Value>"))) INDICATOR(OBSERVABLE(OBJECT("DomainName",
			"<x:Value condition='Contains'>b1.example.org</x:Value>")))
				INDICATOR(OBSERVABLE(OBJECT("DomainName",
					"<x:Value "
					"condition='StartsWith'>"
					"b2.example.org</"
					"x:Value>"))) INDICATOR(OBSERVABLE(OBJECT("DomainName",
					"<x:Value "
					"condition='DoesNotEqual'>c1.example.org</"
					"x:Value>"))) INDICATOR(OBSERVABLE(OBJECT("DomainNa"
										  "me",
					"<x:Value "
					"apply_condition='NONE'>c2.example.org</x:Value>")))
					INDICATOR(OBSERVABLE(OBJECT("DomainName",
						"<x:Value "
						"apply_condition='ALL'>c3.example.org##comma##c4."
						"example.org"
						"</x:Value>"))) INDICATOR(OBSERVABLE(OBJECT("Addres"
											    "s",
						"<x:Address_Value "
						"condition='InclusiveBetween'>9.9.9.1##"
						"comma##9.9.9.9"
						"</x:Address_Value>")))
						INDICATOR(
							"<x:Observable "
							"negate='true'>" OBJECT("DomainName",
								"<x:Value>c5.example.org<"
								"/x:Value>") "</"
									     "x:"
									     "Observable"
									     ">") "<x:"
										  "Indica"
										  "tor "
										  "negate"
										  "='"
										  "true'"
										  ">" NAME(
											  "c6."
											  "example."
											  "org") "<"
												 "/"
												 "x"
												 ":"
												 "I"
												 "n"
												 "d"
												 "i"
												 "c"
												 "a"
												 "t"
												 "o"
												 "r"
												 ">"));
	for (const char *name = "a1\0a2\0a3\0a4\0"; *name; name += 3) {
		char value[32];

		snprintf(value, sizeof(value), "%s.example.org", name);
		feed_expect(f, INDICATOR_DOMAIN, value, ADVICE_MATCH);
	}
	feed_expect(f, INDICATOR_DOMAIN, "b1.example.org", ADVICE_REFUSE);
	feed_expect(f, INDICATOR_DOMAIN, "b2.example.org", ADVICE_REFUSE);
	assert_int_equal(f->report.accepted, 4);
	assert_int_equal(feed_refused(f, "a substring rule"), 2);
	assert_int_equal(feed_refused(f, "it says what it is not"), 2);
	assert_int_equal(feed_refused(f, "a range of values"), 1);
	assert_int_equal(feed_refused(f, DROPPED), 5);
}

static void test_refused(void **state)
{
	struct feed_read *f = *state;

	feed_read(f, format,
		INDICATORS(INDICATOR(OBSERVABLE(OBJECT("File",
			"<x:Hashes><x:Hash><x:Type>MD5</x:Type><x:Simple_Hash_Value>"
			"b0238c547a905bfa119c4e8baccaeac0</x:Simple_Hash_Value></x:Hash></"
			"x:Hashes>"))) INDICATOR(OBSERVABLE("<x:Object><x:Properties "
							    "x:type='A:AddressObjectType' "
							    "category='e-mail'><x:Address_Value>a@"
							    "example.org"
							    "</x:Address_Value></x:Properties></"
							    "x:Object>"))
				INDICATOR(OBSERVABLE(OBJECT("Mutex",
					"<x:Name>m.example.org</"
					"x:Name>"))) INDICATOR(PORT("80")) INDICATOR("<x:"
										     "Observable "
										     "idref='"
										     "nowhere'/>")
					INDICATOR(OBSERVABLE("<x:Event/>")) INDICATOR(
						"<x:Sightings><x:Sighting><x:Related_Observables><"
						"x:Related_Observable>" NAME(
							"v.example.org") "</x:Related_Observable></"
									 "x:Related_Observables>"
									 "</x:Sighting></"
									 "x:Sightings>")));
	assert_int_equal(f->report.read, 7);
	assert_int_equal(f->report.refused, 7);
	assert_int_equal(feed_refused(f, "the hash of a file"), 1);
	assert_int_equal(feed_refused(f, "an e-mail address"), 1);
	assert_int_equal(feed_refused(f, "an object that is not seen on the wire"), 1);
	assert_int_equal(feed_refused(f, "a port without an address"), 1);
	assert_int_equal(feed_refused(f, "a reference to what is not in the file"), 1);
	assert_int_equal(feed_refused(f, "an event, not what is seen of it"), 1);
	assert_int_equal(feed_refused(f, "what was seen with an indicator, or its victim"), 1);
}

static void test_together(void **state)
{
	struct feed_read *f = *state;

	feed_read(f, format,
		INDICATORS(INDICATOR(TOGETHER("OR",
			NAME("a.example.org") NAME("b.example.org"))) INDICATOR(TOGETHER("AND",
			ADDRESS("9.9.9.1") PORT("8443"))) INDICATOR(TOGETHER("AND",
			NAME("c.example.org") ADDRESS("9.9.9.2"))) INDICATOR(TOGETHER("AND",
			NAME("d.example.org"))) INDICATOR(TOGETHER("AND",
			NAME("e1.example.org") NAME("e2.example.org"))) INDICATOR(TOGETHER("AND",
			NAME("e3.example.org") OBSERVABLE(
				OBJECT("Mutex", "<x:Name>m</x:Name>")))) INDICATOR(TOGETHER("AND",
			NAME("e4.example.org")
				TOGETHER("OR", ADDRESS("9.9.9.3") ADDRESS("9.9.9.4"))))
				INDICATOR(
					"<x:Composite_Indicator_Expression "
					"operator='AND'>" INDICATOR(NAME("e5.example.org"))
						INDICATOR(NAME(
							"e6.example.org")) "</"
									   "x:Composite_Indicator_"
									   "Expression>")
					INDICATOR(
						"<x:Composite_Indicator_Expression "
						"operator='OR'>" INDICATOR(NAME("g.example.org"))
							INDICATOR(NAME(
								"h.example.org")) "</"
										  "x:Composite_"
										  "Indicator_"
										  "Expression>")));
	for (const char *name = "a\0b\0c\0d\0g\0h\0"; *name; name += 2) {
		char value[32];

		snprintf(value, sizeof(value), "%s.example.org", name);
		feed_expect(f, INDICATOR_DOMAIN, value, ADVICE_MATCH);
	}
	feed_expect(f, INDICATOR_IP_PORT, "9.9.9.1:8443", ADVICE_MATCH);
	assert_int_equal(f->report.accepted, 7);
	assert_int_equal(feed_refused(f, DROPPED), 1 + 2 + 2 + 4 + 2);
}

/* What the package lists is used once, in the way that refers to it. */
static void test_references(void **state)
{
	struct feed_read *f = *state;

	feed_read(f, format,
		PACKAGE("<x:Observables>" NAMED("n1", "a.example.org") NAMED(
			"n2", "b.example.org") NAMED("n3", "c.example.org") NAMED("n4",
			"d.example.org") "</x:Observables><x:Indicators>" INDICATOR("<x:Title>one</"
										    "x:Title>"
										    "<x:Observable "
										    "idref='n1'/>")
				INDICATOR("<x:Title>two</x:Title>" TOGETHER("AND",
					"<x:Observable "
					"idref='n2'/"
					"><x:Observable "
					"idref='n3'/>")) "<x:Indicator id='i1'>" NAME("e.example."
										      "org") "</"
											     "x:"
											     "Indic"
											     "ator"
											     ">" INDICATOR("<x:Composite_Indicator_Expression operator='AND'>"
													   "<x:Indicator idref='i1'/>" INDICATOR(NAME(
														   "g.example.org")) "</"
																     "x:Composite_Indicator_"
																     "Expression>") "<x:"
																		    "Indicator "
																		    "id='i2'"
																		    ">" NAME(
																			    "h."
																			    "exa"
																			    "mpl"
																			    "e."
																			    "or"
																			    "g") "<x:Related_Indicators>"
																				 "<x:Related_Indicator><x:Indicator idref='i2'/></x:Related_Indicator>"
																				 "</x:Related_Indicators></x:Indicator></x:Indicators>"));
	assert_string_equal(
		feed_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH)->context, "one");
	assert_null(feed_find(f, "b.example.org"));
	assert_null(feed_find(f, "c.example.org"));
	feed_expect(f, INDICATOR_DOMAIN, "d.example.org", ADVICE_MATCH);
	assert_null(feed_find(f, "e.example.org"));
	feed_expect(f, INDICATOR_DOMAIN, "h.example.org", ADVICE_MATCH);
	assert_int_equal(f->report.accepted, 3);
	assert_int_equal(feed_refused(f, DROPPED), 4);
	assert_int_equal(f->report.read, 7);
}

static void test_places(void **state)
{
	struct feed_read *f = *state;

	feed_read(f, format,
		"<taxii:Poll_Response xmlns:taxii='t' "
		"xmlns:x='x'><taxii:Content_Block><taxii:Content>"
		"<x:STIX_Package><x:Related_Packages><x:Related_Package><x:Package><x:Incidents>"
		"<x:Incident><x:Title>I</"
		"x:Title><x:Related_Observables><x:Related_Observable>" NAME(
			"a.example.org") "</x:Related_Observable></"
					 "x:Related_Observables><x:Victim>" NAME(
						 "v.example.org") "</x:Victim></x:Incident></"
								  "x:Incidents></x:Package>"
								  "</x:Related_Package></"
								  "x:Related_Packages></"
								  "x:STIX_Package></taxii:Content>"
								  "</taxii:Content_Block></"
								  "taxii:Poll_Response>");
	assert_string_equal(
		feed_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH)->context, "I");
	assert_null(feed_find(f, "v.example.org"));
	feed_read(f, format,
		"<x:Observables xmlns:x='x' cybox_major_version='2'>" NAME("a.example.org")
			OBSERVABLE(
				"<x:Object><x:Properties x:type='D:DomainNameObjectType'><x:Value>"
				"b.example.org</x:Value></x:Properties><x:Related_Objects>"
				"<x:Related_Object><x:Properties x:type='A:AddressObjectType'>"
				"<x:Address_Value>9.9.9.9</x:Address_Value></x:Properties>"
				"</x:Related_Object></x:Related_Objects></x:Object>") "</"
										      "x:"
										      "Observables"
										      ">");
	feed_expect(f, INDICATOR_DOMAIN, "a.example.org", ADVICE_MATCH);
	feed_expect(f, INDICATOR_DOMAIN, "b.example.org", ADVICE_MATCH);
	feed_expect(f, INDICATOR_IP, "9.9.9.9", ADVICE_REVIEW);
}

/* References in circles, and each twice to the next: they end. */
static void test_bombs(void **state)
{
	struct feed_read *f = *state;
	size_t size = 65536, used;
	char *text = calloc(1, size);

	assert_non_null(text);
	feed_read(f, format,
		PACKAGE("<x:Observables><x:Observable id='a'><x:Observable_Composition "
			"operator='OR'>"
			"<x:Observable idref='a'/><x:Observable "
			"idref='b'/></x:Observable_Composition>"
			"</x:Observable><x:Observable id='b'><x:Observable_Composition "
			"operator='AND'>"
			"<x:Observable idref='b'/><x:Observable "
			"idref='a'/></x:Observable_Composition>"
			"</x:Observable></x:Observables><x:Indicators>" INDICATOR(
				"<x:Observable idref='a'/>")
				INDICATOR("<x:Observable idref='b'/>") "</x:Indicators>"));
	assert_int_equal(f->report.accepted, 0);
	for (size_t kind = 0; kind < 2; kind++) {
		used = (size_t)snprintf(text, size, "<x:STIX_Package xmlns:x='x'><x:Observables>");
		for (unsigned i = 0; i < 60; i++)
			used += (size_t)snprintf(text + used, size - used,
				"<x:Observable id='n%u'><x:Observable_Composition operator='%s'>"
				"<x:Observable idref='n%u'/><x:Observable idref='n%u'/>"
				"<x:Observable idref='n%u'/><x:Observable idref='n%u'/>"
				"</x:Observable_Composition></x:Observable>",
				i, kind ? "AND" : "OR", i + 1, i + 1, i + 1, i + 1);
		snprintf(text + used, size - used,
			"</x:Observables><x:Indicators><x:Indicator><x:Observable idref='n0'/>"
			"</x:Indicator></x:Indicators></x:STIX_Package>");
		feed_read(f, format, text);
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
		"<STIX_Package><Observables><Observable id='' "
		"idref=''/></Observables></STIX_Package>",
		"<Observable/>", "<Indicator/>", "<Properties/>"};
	struct feed_read *f = *state;

	feed_read_prefixes(f, format,
		INDICATORS(INDICATOR(TOGETHER("AND", NAME("c.example.org") ADDRESS("9.9.9.2")))));
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		assert_int_equal(feed_read_octets(f, format, odd[i], strlen(odd[i])), 0);
		assert_int_equal(f->report.accepted, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_about, feed_set_up, feed_tear_down),
		cmocka_unit_test_setup_teardown(test_objects, feed_set_up, feed_tear_down),
		cmocka_unit_test_setup_teardown(test_conditions, feed_set_up, feed_tear_down),
		cmocka_unit_test_setup_teardown(test_refused, feed_set_up, feed_tear_down),
		cmocka_unit_test_setup_teardown(test_together, feed_set_up, feed_tear_down),
		cmocka_unit_test_setup_teardown(test_references, feed_set_up, feed_tear_down),
		cmocka_unit_test_setup_teardown(test_places, feed_set_up, feed_tear_down),
		cmocka_unit_test_setup_teardown(test_bombs, feed_set_up, feed_tear_down),
		cmocka_unit_test_setup_teardown(test_prefixes, feed_set_up, feed_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
