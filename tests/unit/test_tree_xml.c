/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "tests/unit/tree_dump.h"

#define SAMPLE                                                                                     \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- c --><s:p xmlns:s='urn:s'\n  "         \
	"xsi:type=\"a&amp;b\"\n ><v> x<![CDATA[ <y> ]]>&#x41; </v>\n<?pi d?><v/></s:p>\n"
#define NO_DOCTYPE "a document type (DOCTYPE) is not read"
#define NOT_UTF8   "it declares another encoding than UTF-8; convert it with iconv"

static void test_values(void **state)
{
	static const struct tree_case cases[] = {
		{"<a/>", "1a:''"},
		{"<a></a>", "1a:''"},
		{"<a> b </a>", "1a:'b'"},
		{"<a>\t\r\n b \xc2\xa0 c\r\n</a>", "1a:'b \xc2\xa0 c'"},
		{"<a b='1' c=\"2\"/>", "1a:{1@b:'1' 1@c:'2'}"},
		{"<a b=' x '>t</a>", "1a:'t'{1@b:' x '}"},
		{"<a>1<b>2</b>3</a>", "1a:'13'{1b:'2'}"},
		{"<a><b>1</b><b>2</b></a>", "1a:{1b:'1' 1b:'2'}"},
		{"<p:a xmlns:p='urn:x' xmlns='urn:y'><b p:c='d'/></p:a>", "1a:{1b:{1@c:'d'}}"},
		{"<p:a q:b='c'><q:d/></p:a>", "1a:{1@b:'c' 1d:''}"},
		{"<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x20ac;</a>", "1a:'<>&\"'A\xe2\x82\xac'"},
		{"<a b='&lt;&gt;&amp;&quot;&apos;&#65;'/>", "1a:{1@b:'<>&\"'A'}"},
		{"<a><![CDATA[]]></a>", "1a:''"},
		{"<a><![CDATA[ <b>&amp; ]]></a>", "1a:'<b>&amp;'"},
		{"<a>x<!-- y -->z<?q w?></a>", "1a:'xz'"},
		{"<a><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE b>]]></a>", "1a:'<!DOCTYPE b>'"},
		{SAMPLE, "2p:{2@type:'a&b' 4v:'x <y> A' 5v:''}"},
	};

	(void)state;
	CHECK_CASES(tree_xml, cases);
}

/* An element's line is that of its `<`, however long its tag is. */
static void test_lines(void **state)
{
	static const struct tree_case cases[] = {
		{"\n<a>\r\n<b>\r<c/>\n\r</b><d>\n\n</d>\n<e/></a>\n",
			"2a:{3b:{4c:''} 6d:'' 9e:''}"},
		{"<a\n\n\nb='\n'>\n<c\n/></a>", "1a:{1@b:' ' 6c:''}"},
		{"<a>\n<!--\n-->\n<![CDATA[\n<b>\n]]>\n<c x='>'\n/><d/></a>",
			"1a:'<b>'{7c:{7@x:'>'} 8d:''}"},
	};

	(void)state;
	CHECK_CASES(tree_xml, cases);
}

static void test_refused(void **state)
{
	static const struct tree_case cases[] = {
		{"\n", "!2 Start tag expected, '<' not found"},
		{"a", "!1 Start tag expected, '<' not found"},
		{"<a>", "!1 Premature end of data in tag a line 1"},
		{"<a>\n<b>\n</a>", "!3 Opening and ending tag mismatch: b line 2 and a"},
		{"<a/>\n<b/>", "!2 Extra content at the end of the document"},
		{"<a b='1' b='2'/>", "!1 Attribute b redefined"},
		{"<a b=1/>", "!1 AttValue: \" or ' expected"},
		{"<a b='<'/>", "!1 Unescaped '<' not allowed in attributes values"},
		{"<a>]]></a>", "!1 Sequence ']]>' not allowed in content"},
		{"<a>\n&b;</a>", "!2 Entity 'b' not defined"},
		{"<a b='&c;'/>", "!1 Entity 'c' not defined"},
		{"<a>&#0;</a>", "!1 xmlParseCharRef: invalid xmlChar value 0"},
		{"<a>&#xd800;</a>", "!1 xmlParseCharRef: invalid xmlChar value 55296"},
		{"<a>\x01</a>", "!1 PCDATA invalid Char value 1"},
		{"<a>&</a>", "!1 xmlParseEntityRef: no name"},
		{"<a/><![CDATA[x]]>", "!1 Extra content at the end of the document"},
		{"{\"a\":1}", "!1 Start tag expected, '<' not found"},
	};

	(void)state;
	CHECK_CASES(tree_xml, cases);
}

static void test_document_types(void **state)
{
	static const struct tree_case cases[] = {
		{"<!DOCTYPE a><a/>", "!1 " NO_DOCTYPE},
		{"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//X//' 'x.dtd'>\n<html/>",
			"!2 " NO_DOCTYPE},
		{"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>",
			"!1 " NO_DOCTYPE},
		{"<!DOCTYPE a SYSTEM 'http://192.0.2.1/a.dtd'><a/>", "!1 " NO_DOCTYPE},
		{"<!DOCTYPE a [<!ENTITY % x SYSTEM 'file:///etc/hostname'> %x;]><a/>",
			"!1 " NO_DOCTYPE},
		{"<!DOCTYPE a [\n<!ENTITY b 'bbbbbbbbbb'>\n<!ENTITY c '&b;&b;&b;&b;&b;&b;'>\n"
		 "<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;'>\n<!ENTITY e '&d;&d;&d;&d;&d;&d;'>\n]>"
		 "<a>&e;</a>",
			"!1 " NO_DOCTYPE},
		{"<a>\n<!DOCTYPE a></a>", "!2 " NO_DOCTYPE},
		{"<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include "
		 "href='file:///etc/hostname' parse='text'/></a>",
			"1a:{1include:{1@href:'file:///etc/hostname' 1@parse:'text'}}"},
		{"<?xml-stylesheet href='http://192.0.2.1/a.xsl'?><a/>", "1a:''"},
	};

	(void)state;
	CHECK_CASES(tree_xml, cases);
}

/* No module of iconv is loaded because a feed names it. */
static void test_declarations(void **state)
{
	static const struct tree_case cases[] = {
		{"<?xml version='1.0'?><a/>", "1a:''"},
		{"<?xml version='1.0' encoding='utf-8'?><a/>", "1a:''"},
		{"<?xml version=\"1.0\" encoding = \"US-ASCII\" ?><a/>", "1a:''"},
		{"<?xml version='1.0' encoding='utf-16'?><a>\xc3\xa9</a>", "1a:'\xc3\xa9'"},
		{"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "!1 " NOT_UTF8},
		{"<?xml version='1.0' encoding='ISO-2022-CN-EXT'?><a/>", "!1 " NOT_UTF8},
		{"<?xml version='1.0' encoding='UTF-7'?><a>+AGE-</a>", "!1 " NOT_UTF8},
		{"<?xml version='1.0' encoding='UTF-8x'?><a/>", "!1 " NOT_UTF8},
		{"<?xml version='1.0' encoding='UTF-", "!1 String not closed expecting \" or '"},
		{"<?xml encoding=", "!1 Malformed declaration expecting version"},
	};

	(void)state;
	CHECK_CASES(tree_xml, cases);
}

static void test_limits(void **state)
{
	const char *deep = "!1 nested deeper than 64 levels";
	const char *text = "!1 a text of more than 1 MiB";

	(void)state;
	check_repeated(tree_xml, (struct repeated){"", "<a>", "", 100000}, deep);
	check_repeated(tree_xml, (struct repeated){"", "<a>", "", 64},
		"!1 Premature end of data in tag a line 1");
	check_repeated(tree_xml, (struct repeated){"<", "a", "/>", 1024}, NULL);
	check_repeated(tree_xml, (struct repeated){"<", "a", "/>", 1025},
		"!1 a name of more than 1024 octets");
	check_repeated(tree_xml, (struct repeated){"<a ", "b", "=''/>", 1023}, NULL);
	check_repeated(tree_xml, (struct repeated){"<a ", "b", "=''/>", 1024},
		"!1 a name of more than 1024 octets");
	check_repeated(tree_xml, (struct repeated){"<a>", "b", "</a>", 1 << 20}, NULL);
	check_repeated(tree_xml, (struct repeated){"<a>", "b", "</a>", (1 << 20) + 1}, text);
	check_repeated(tree_xml, (struct repeated){"<a>", "&lt;", "</a>", (1 << 20) + 1}, text);
	check_repeated(tree_xml, (struct repeated){"<a b='", "b", "'/>", (1 << 20) + 1}, text);
	check_repeated(tree_xml, (struct repeated){"<a>", "   \n", "</a>", 1 << 20}, "1a:''");
	check_repeated(tree_xml, (struct repeated){"<a>", "<b/>   \n", "</a>", 400000}, NULL);
}

/* What is quadratic work in libxml2 2.9. */
static void test_many(void **state)
{
	char *text = malloc(8 << 20);
	size_t used = 3;

	(void)state;
	assert_non_null(text);
	memcpy(text, "<r>", 3);
	for (unsigned i = 0; i < 600000; i++)
		used += (size_t)snprintf(text + used, 32, "<a%u/>", i);
	check_octets(tree_xml, text, used, "!1 more than 65536 different names");
	used = 3;
	for (unsigned i = 0; i < 600000; i++)
		used += (size_t)snprintf(text + used, 32, "<?a%u?>", i);
	check_octets(tree_xml, text, used, "!1 more than 65536 different names");
	used = (size_t)snprintf(text, 32, "\n<r");
	for (unsigned i = 0; i < 600000; i++)
		used += (size_t)snprintf(text + used, 32, " a%u=''", i);
	check_octets(tree_xml, text, used, "!2 an element with more than 256 attributes");
	used = 0;
	for (unsigned i = 0; i < 3; i++) {
		used += (size_t)snprintf(text + used, 32, "<r");
		for (unsigned j = 0; j < 128; j++)
			used += (size_t)snprintf(text + used, 32, " xmlns:a%u_%u='u:%u'", i, j, j);
		text[used++] = '>';
	}
	check_octets(tree_xml, text, used, "!1 more than 256 namespaces in one place");
	free(text);
	check_repeated(tree_xml, (struct repeated){"<r>", "<a b=\"", "", 8 << 20},
		"!1 Unescaped '<' not allowed in attributes values");
}

static void test_large(void **state)
{
	(void)state;
	check_repeated(tree_xml, (struct repeated){"<a>", "a", "</a>", (64 << 20) - 7},
		"!1 a text of more than 1 MiB");
	check_repeated(tree_xml, (struct repeated){"<a b='", "a", "'/>", (64 << 20) - 9},
		"!1 AttValue length too long");
	check_repeated(tree_xml, (struct repeated){"<a>\n", "<a/>", "</a>", 8100000},
		"!2 more than 8000000 values");
}

/* Nothing reaches the program's standard error while it meets all that is wrong. */
static void test_hostile(void **state)
{
	FILE *file = tmpfile();
	int before = dup(STDERR_FILENO);

	(void)state;
	assert_non_null(file);
	assert_true(before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
	check_cut(tree_xml, SAMPLE, true);
	check_flipped(tree_xml, SAMPLE);
	check_encodings(tree_xml, "<a b='1'>c</a>");
	check_encodings(tree_xml, "<?xml version='1.0' encoding='UTF-8'?><a/>");
	check_octets(tree_xml, "<a>\n\0</a>", 9, "!2 a zero octet");
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	fseek(file, 0, SEEK_END);
	assert_int_equal(ftell(file), 0);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_document_types),
		cmocka_unit_test(test_declarations),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
