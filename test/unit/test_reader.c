/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Untrusted YAML: what is read, what is refused and where the message points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/reader.h"

static struct problems problems;

static int clear(void **state)
{
	(void)state;
	problems_free(&problems);
	return 0;
}

static struct yaml_doc *read_text(const char *text)
{
	return yaml_read_text("t.yaml", text, strlen(text), &problems);
}

static void expect_problem(size_t i, unsigned line, unsigned column, const char *rule, const char *part)
{
	assert_true(i < problems.count);
	const struct problem *p = &problems.list[i];
	if (p->line != line || p->column != column || strcmp(p->rule, rule) || !strstr(p->message, part))
		fail_msg("got %u:%u: %s [%s]", p->line, p->column, p->message, p->rule);
}

/* The text is refused as a whole with this one error. */
static void refused_bytes(const char *text, size_t len, unsigned line, unsigned column, const char *rule,
			  const char *part)
{
	problems_free(&problems);
	struct yaml_doc *doc = yaml_read_text("t.yaml", text, len, &problems);
	assert_null(doc);
	assert_int_equal(problems.errors, 1);
	expect_problem(0, line, column, rule, part);
}

static void refused(const char *text, unsigned line, unsigned column, const char *rule, const char *part)
{
	refused_bytes(text, strlen(text), line, column, rule, part);
}

static void a_tree_with_places(void **state)
{
	(void)state;
	struct yaml_doc *doc = read_text("# c\na: 1\nlist:\n  - x\n  - { y: \"z\" }\nempty:\n");
	assert_non_null(doc);
	struct yaml_node *root = yaml_root(doc);
	assert_int_equal(root->kind, NODE_MAP);
	struct yaml_node *a = yaml_get(root, "a");
	assert_string_equal(a->text, "1");
	assert_int_equal(a->line, 2);
	assert_int_equal(a->column, 4);
	assert_int_equal(a->key_line, 2);
	assert_int_equal(a->key_column, 1);
	assert_false(a->quoted);
	struct yaml_node *list = yaml_get(root, "list");
	assert_int_equal(list->kind, NODE_LIST);
	assert_string_equal(list->first->text, "x");
	assert_null(list->first->key);
	struct yaml_node *z = yaml_get(list->first->next, "y");
	assert_string_equal(z->text, "z");
	assert_true(z->quoted);
	assert_int_equal(z->line, 5);
	assert_int_equal(z->column, 10);
	assert_null(list->first->next->next);
	assert_string_equal(yaml_get(root, "empty")->text, "");
	assert_null(yaml_get(root, "none"));
	assert_string_equal(yaml_name(doc), "t.yaml");
	yaml_close(doc);
	assert_int_equal(problems.count, 0);
}

static void hash_is_fnv1a(void **state)
{
	(void)state;
	struct yaml_doc *doc = read_text("a");
	assert_true(yaml_hash(doc) == 0xaf63dc4c8601ec8cull); /* published test vector of FNV-1a 64 for "a" */
	yaml_close(doc);
}

static void unused_parts_of_yaml_are_refused(void **state)
{
	(void)state;
	refused("a: &x 1\n", 1, 4, "Y06", "anchors");
	refused("a: &x [1]\n", 1, 4, "Y06", "anchors");
	refused("a: &x {b: 1}\n", 1, 4, "Y06", "anchors");
	refused("a: *x\n", 1, 4, "Y06", "aliases");
	refused("a: !!str 1\n", 1, 4, "Y06", "tags");
	refused("a: ! 1\n", 1, 4, "Y06", "tags");
	refused("a: !x {b: 1}\n", 1, 4, "Y06", "tags");
	refused("a: 1\n---\nb: 1\n", 2, 1, "Y06", "second document");
	refused("%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, "Y06", "directives");
	refused("? [a]\n: 1\n", 1, 3, "Y06", "key");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	(void)state;
	refused_bytes("a: 1\nb\0: 1\n", 11, 2, 2, "Y03", "NUL");
	refused("a: 1\nb: \xff\n", 2, 4, "Y03", "UTF-8");
	refused("a: \xc0\x80\n", 1, 4, "Y03", "UTF-8");         /* overlong */
	refused("a: \xed\xa0\x80\n", 1, 4, "Y03", "UTF-8");     /* surrogate */
	refused("a: \xf4\x90\x80\x80\n", 1, 4, "Y03", "UTF-8"); /* above U+10FFFF */
	refused("a: \xe2\x82", 1, 4, "Y03", "UTF-8");           /* cut off */
	refused("a: \x1b[31m\n", 1, 4, "Y03", "control");
	refused("a: \"x\\0y\"\n", 1, 4, "Y03", "NUL");
	refused_bytes("a\0:\0", 4, 1, 2, "Y03", "UTF-16");
}

static void syntax_errors_are_plain(void **state)
{
	(void)state;
	refused("a:\n\tb: 1\n", 2, 1, "Y02", "tab");
	refused("a: @x\n", 1, 4, "Y02", "quotes");
	refused("a: { b: c[1] }\n", 1, 10, "Y02", "needs quotes");
	refused("a: [ b, c[1] ]\n", 1, 10, "Y02", "needs quotes");
	refused("", 0, 0, "Y02", "nothing");
	refused("# only this\n", 0, 0, "Y02", "nothing");
	refused("a: - b\n", 1, 4, "Y02", "a line of its own");
	refused("a: [1, , 2]\n", 1, 8, "Y02", "a value is missing");
	refused("a: \"x\\y\"\n", 1, 6, "Y02", "write it twice");
	refused("a: |x\n b\n", 1, 5, "Y02", "behind | or >");
	refused("a: &\n", 1, 5, "Y02", "& or *");
	refused("%\na: 1\n", 1, 2, "Y02", "begin with %");
	refused("a: !<\n", 1, 6, "Y02", "begins with !");
	refused("a: 1\n...\nb: 2\n", 3, 1, "Y02", "behind the end");
}

static void wrong_indentation_names_the_right_ones(void **state)
{
	(void)state;
	refused("a:\n  - x: 1\n   y: 2\n", 3, 4, "Y02", "has 3 spaces before it, the lines it can belong to have 2 or 4");
	refused("a:\n  b: 1\n\n# c\n c: 2\n", 5, 2, "Y02", "has 1 space before it, the lines it can belong to have 0 or 2");
	refused("a:\r\n  b:\r\n    - 1\r\n   - 2\r\n", 4, 4, "Y02", "3 spaces before it, the lines it can belong to have 2 or 4");
	refused("a:\n  b: 1\n    c: 2\n", 3, 6, "Y02", "deeper than line 2");
	refused("  a: 1\nb: 2\n", 2, 1, "Y02", "line 1, has 2 spaces before it, and this one 0");
	refused("a: 1\n- b\n", 2, 1, "Y02", "a '-' among the keys of the map that begins in line 1");
	refused("- a\nb: 1\n", 2, 1, "Y02", "a key among the entries of the list that begins in line 1");
}

static void a_mistake_is_told_where_it_begins(void **state)
{
	(void)state;
	refused("a:\n  b: \"x\nc: 1\nd: 2\n", 2, 6, "Y02", "has no end");
	refused("a: \"x\n\nb: 2\nc: \"d\"\n", 1, 4, "Y02", "ends only in line 4");
	refused("a: 'it's'\n", 1, 8, "Y02", "twice");
	refused("\xc3\xa4: \"\xc3\xa4\" y\n", 1, 8, "Y02", "behind a closing quote");
	refused("a: { b: 1 }, c: 2\n", 1, 12, "Y02", "behind the end of the value");
	refused("a: { b: 1\nc: { d: 1 }\n", 1, 4, "Y02", "'{' that begins here is not closed by a '}' before line 2");
	refused("a: [1\n", 1, 4, "Y02", "'[' that begins here is not closed by a ']'");
	refused("a: { b: 1 c: 2 }\n", 1, 12, "Y02", "a ',' or a '}' is missing");
	refused("a: { b[1]: 2 }\n", 1, 7, "Y02", "a text with brackets");
	refused("a: b: 1\n", 1, 5, "Y02", "a second ': '");
	refused("a: 1\nb 2\nc: 3\n", 2, 1, "Y02", "a ':' is missing");
	refused("a\n\n# x\nb: 1\n", 1, 1, "Y02", "a ':' is missing");
	refused("- a:1\n  b: 2\n", 1, 3, "Y02", "wants a space");
	refused("a: 1\nb:2\nc: 3\n", 2, 1, "Y02", "wants a space");
}

static void limits_hold(void **state)
{
	(void)state;
	char *big = malloc(300 * 1024);
	assert_non_null(big);
	memset(big, '[', 100 * 1024);
	clock_t start = clock();
	refused_bytes(big, 100 * 1024, 1, 17, "Y04", "16");
	for (int i = 0; i < 50 * 1024; i++)
		memcpy(big + 2 * i, "- ", 2);
	refused_bytes(big, 100 * 1024, 1, 33, "Y04", "16");
	/* DESIGN: 50 ms for one. Two here, with room for a slow machine and sanitizers. */
	assert_true((clock() - start) * 1000 / CLOCKS_PER_SEC < 500);

	memset(big, '\n', 256 * 1024); /* what explains an error walks over all these lines once, not once each */
	memcpy(big, " a:\n  b: 1", 10);
	memcpy(big + 256 * 1024 - 6, "\n c: 1", 6);
	memcpy(big + 256 * 1024 - 9, "x:\n", 3);
	start = clock();
	/* before the x stand 256 K - 9 bytes; all but 9 of the first 10 are line breaks */
	refused_bytes(big, 256 * 1024, 256 * 1024 - 9 - 9 + 1, 1, "Y02", "line 1, has 1 space");
	assert_true((clock() - start) * 1000 / CLOCKS_PER_SEC < 500);

	memset(big, 'x', 300 * 1024);
	refused_bytes(big, 256 * 1024 + 1, 0, 0, "Y01", "256 KiB");
	refused_bytes(big, 1025, 1, 1, "Y05", "1025");
	struct yaml_doc *doc = yaml_read_text("t.yaml", big, 1024, &problems);
	assert_non_null(doc);
	yaml_close(doc);

	char *p = big;
	for (int i = 0; i < 600; i++)
		p += sprintf(p, "k%d: 1\n", i);
	refused_bytes(big, (size_t)(p - big), 513, 1, "Y09", "512");
	p = big;
	for (int i = 0; i < 20000; i++)
		p += sprintf(p, "- 1\n");
	refused_bytes(big, (size_t)(p - big), 16382, 3, "Y09",
		      "16384"); /* stream, document and list start are 3 events */
	free(big);
}

static void depth_16_is_read(void **state)
{
	(void)state;
	struct yaml_doc *doc = read_text("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]");
	assert_non_null(doc);
	yaml_close(doc);
	refused("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", 1, 17, "Y04", "deeper");
}

static void duplicates_are_all_told(void **state)
{
	(void)state;
	struct yaml_doc *doc = read_text("a: 1\nb: 2\na: { c: 3 }\nb: 4\nd: 5\n");
	assert_non_null(doc);
	assert_int_equal(problems.errors, 2);
	expect_problem(0, 3, 1, "Y07", "first in line 1");
	expect_problem(1, 4, 1, "Y07", "first in line 2");
	assert_string_equal(yaml_get(yaml_root(doc), "a")->text, "1");
	assert_string_equal(yaml_get(yaml_root(doc), "d")->text, "5");
	yaml_close(doc);
}

static void crlf_and_bom_are_fine(void **state)
{
	(void)state;
	struct yaml_doc *doc = read_text("\xef\xbb\xbf"
					 "a: 1\r\nb: x\t\r\n");
	assert_non_null(doc);
	assert_string_equal(yaml_get(yaml_root(doc), "a")->text, "1");
	struct yaml_node *b = yaml_get(yaml_root(doc), "b");
	assert_string_equal(b->text, "x");
	yaml_error(doc, b, &problems, "T1", "bad %d", 7);
	expect_problem(0, 2, 4, "T1", "bad 7");
	assert_string_equal(problems.list[0].source, "b: x\t");
	yaml_close(doc);
}

static void unknown_keys_with_a_hint(void **state)
{
	(void)state;
	static const char *const known[] = { "voltage", "current", "capacity", NULL };
	struct yaml_doc *doc = read_text("voltage: 1\ncurent: 2\nxyzzy: 3\nCapacity: 4\n");
	yaml_get(yaml_root(doc), "voltage");
	yaml_refuse_unused(doc, yaml_root(doc), known, &problems);
	assert_int_equal(problems.errors, 3);
	expect_problem(0, 2, 1, "Y08", "did you mean 'current'?");
	expect_problem(1, 3, 1, "Y08", "unknown key 'xyzzy'");
	assert_null(strstr(problems.list[1].message, "mean"));
	expect_problem(2, 4, 1, "Y08", "did you mean 'capacity'?");
	yaml_close(doc);
}

static void closest_words(void **state)
{
	(void)state;
	static const char *const known[] = { "lfp", "nmc", "charge_voltage", "charge_current", "pylontech", NULL };
	assert_string_equal(closest_word("lpf", known), "lfp"); /* two neighbours swapped: one mistake */
	assert_string_equal(closest_word("charge-voltage", known), "charge_voltage");
	assert_string_equal(closest_word("chargevoltge", known), "charge_voltage");
	assert_string_equal(closest_word("Pylontec", known), "pylontech");
	assert_null(closest_word("x", known));
	assert_null(closest_word("", known));
	assert_null(closest_word("voltage", known));
	assert_null(closest_word("ab", known));
}

static void print_shows_line_and_caret(void **state)
{
	(void)state;
	struct yaml_doc *doc = read_text("a:\n  b\xc3\xa4: x\n");
	struct yaml_node *b = yaml_root(doc)->first->first;
	yaml_error(doc, b, &problems, "C01", "no \x1b good");
	yaml_warning(doc, NULL, &problems, "", "as a whole");
	yaml_error_at_key(doc, b, &problems, "C02", "key");
	yaml_close(doc);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	problems_print(&problems, out);
	fclose(out);
	assert_string_equal(text, "t.yaml:2:7: error: no ? good [C01]\n"
				  "      b\xc3\xa4: x\n"
				  "          ^\n"
				  "t.yaml: warning: as a whole\n"
				  "t.yaml:2:3: error: key [C02]\n"
				  "      b\xc3\xa4: x\n"
				  "      ^\n");
	free(text);
	assert_int_equal(problems.errors, 2);
	assert_int_equal(problems.count, 3);
}

/* Of a line of 400 characters 160 are shown, and the caret stands under what is meant, which is a `Z` here. */
static void long_lines_are_cut_around_the_caret(void **state)
{
	static const size_t places[] = { 3, 100, 200, 398 };
	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char line[512] = "a: ", *text = NULL, *source, *caret;
		size_t len;
		memset(line + 3, '.', 397);
		if (i == 2) /* characters of two bytes each on the way there */
			for (int k = 50; k < 150; k += 2)
				memcpy(line + k, "\xc3\xa4", 2);
		line[places[i]] = 'Z';
		strcpy(line + 400, "\n");
		struct yaml_doc *doc = read_text(line);
		struct yaml_node at = *yaml_root(doc)->first;
		at.column = (unsigned)places[i] + 1 - (i == 2 ? 50 : 0);
		yaml_error(doc, &at, &problems, "", "long");
		yaml_close(doc);
		FILE *out = open_memstream(&text, &len);
		problems_print(&problems, out);
		fclose(out);
		source = strchr(text, '\n') + 1;
		caret = strchr(source, '\n') + 1;
		size_t column = strcspn(caret, "^"), bytes = 0;
		for (size_t c = 0; c < column || (source[bytes] & 0xC0) == 0x80; bytes++)
			c += (source[bytes] & 0xC0) != 0x80;
		assert_int_equal(source[bytes], 'Z');
		assert_true(caret - source <= 4 + 160 + 6 + 1);
		assert_true((strncmp(source + 4, "...", 3) == 0) == (i >= 1));
		assert_true((strncmp(caret - 4, "...\n", 4) == 0) == (i <= 2));
		free(text);
		problems_free(&problems);
	}
}

static void many_problems_are_counted(void **state)
{
	(void)state;
	struct yaml_doc *doc = read_text("a: 1\n");
	for (int i = 0; i < 300; i++)
		yaml_error(doc, yaml_root(doc), &problems, "", "x");
	yaml_close(doc);
	assert_int_equal(problems.count, 200);
	assert_int_equal(problems.errors, 300);
	assert_int_equal(problems.unlisted, 100);
}

static void files(void **state)
{
	(void)state;
	assert_null(yaml_read_file("/nonexistent/x.yaml", &problems));
	assert_string_equal(problems.list[0].message, "No such file or directory");
	assert_string_equal(problems.list[0].file, "/nonexistent/x.yaml");
	assert_null(yaml_read_file("/", &problems)); /* a directory */
	assert_int_equal(problems.errors, 2);

	char path[] = "/tmp/battagg-reader-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: 1\n", 5), 5);
	close(fd);
	struct yaml_doc *doc = yaml_read_file(path, &problems);
	unlink(path);
	assert_non_null(doc);
	assert_string_equal(yaml_get(yaml_root(doc), "a")->text, "1");
	yaml_close(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_tree_with_places, clear),
		cmocka_unit_test_teardown(hash_is_fnv1a, clear),
		cmocka_unit_test_teardown(unused_parts_of_yaml_are_refused, clear),
		cmocka_unit_test_teardown(bytes_that_are_no_text_are_refused, clear),
		cmocka_unit_test_teardown(syntax_errors_are_plain, clear),
		cmocka_unit_test_teardown(wrong_indentation_names_the_right_ones, clear),
		cmocka_unit_test_teardown(a_mistake_is_told_where_it_begins, clear),
		cmocka_unit_test_teardown(limits_hold, clear),
		cmocka_unit_test_teardown(depth_16_is_read, clear),
		cmocka_unit_test_teardown(duplicates_are_all_told, clear),
		cmocka_unit_test_teardown(crlf_and_bom_are_fine, clear),
		cmocka_unit_test_teardown(unknown_keys_with_a_hint, clear),
		cmocka_unit_test_teardown(closest_words, clear),
		cmocka_unit_test_teardown(print_shows_line_and_caret, clear),
		cmocka_unit_test_teardown(long_lines_are_cut_around_the_caret, clear),
		cmocka_unit_test_teardown(many_problems_are_counted, clear),
		cmocka_unit_test_teardown(files, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
