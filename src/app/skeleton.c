/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Writes a profile to begin with: what a log tells as keys, what it only hints at as comments. */
#include "app/skeleton.h"

#include <inttypes.h>
#include <string.h>

#include "core/candump.h"
#include "core/codec.h"

#define US_PER_MS        INT64_C(1000)
#define FRAMES_MOST      200
#define SAMPLE_LINE_MOST 100 /* characters */
#define COMMENT_COLUMN   28
#define GUESSES_MOST     8 /* of one frame */
#define NEIGHBOURS       6 /* tables of several kinds may take turns: 0x350 and 0x352, 0x351 and 0x353 */
#define PARTS_LEAST      3 /* two ids that look alike are nothing special */
#define GROUP_MOST       256

/* A period as people choose it; 0 = not known. */
static int64_t round_period(int64_t us)
{
	static const int64_t usual[] = { 10,  20,   25,   40,   50,   100,  200,  250,  300,   400,   500,   600,
					 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 10000, 20000, 30000, 60000 };
	int64_t best = 0;
	if (us <= 0)
		return 0;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
		int64_t apart = usual[i] * US_PER_MS - us;
		if (apart * 16 <= us && apart * 16 >= -us)
			best = usual[i];
	}
	int64_t ms = (us + 500) / US_PER_MS;
	int64_t step = ms >= 1000 ? 100 : ms >= 100 ? 10 : 1; /* two digits are what a log can tell */
	return best ? best : ms ? (ms + step / 2) / step * step : 1;
}

static void put_comment(const struct skeleton *s, int column, const char *text)
{
	fprintf(s->out, "%*s# %s\n", column < COMMENT_COLUMN ? COMMENT_COLUMN - column : 1, "", text);
}

static void put_period(const struct skeleton *s, const struct traffic_id *e)
{
	int64_t us = traffic_period(&s->traffic, e), ms = round_period(us);
	char text[80];
	int n;
	if (!ms)
		n = fprintf(s->out, "    period: 1 s");
	else if (ms % 1000)
		n = fprintf(s->out, "    period: %" PRId64 " ms", ms);
	else
		n = fprintf(s->out, "    period: %" PRId64 " s", ms / 1000);
	if (ms)
		snprintf(text, sizeof text, "%" PRIu64 " of them, %" PRId64 " ms apart on average", e->count,
			 (us + 500) / US_PER_MS);
	else
		snprintf(text, sizeof text,
			 e->count > 1 ? "<- the log does not tell how often it comes"
				      : "<- heard once: how often does it come?");
	put_comment(s, n, text);
}

static void put_j1939(const struct skeleton *s, const struct traffic_id *e)
{
	if (e->ext && e->id >> 16 & 0xFF)
		fprintf(s->out, "    # if this is J1939: priority %u, PGN 0x%X, sent by 0x%02X\n", e->id >> 26,
			codec_pgn(e->id), e->id & 0xFF);
}

static void put_bytes(const struct skeleton *s, const struct shape *shape)
{
	char list[TRAFFIC_BYTES_TEXT_MAX];
	unsigned changing = 0, all = (1u << shape->len_max) - 1;
	for (unsigned i = 0; i < shape->len_max; i++)
		changing |= (unsigned)shape_changes(shape, i) << i;
	if (shape->count < 2)
		return;
	if (all & ~changing)
		fprintf(s->out, "    # always the same: bytes %s\n", traffic_bytes_print(list, all & ~changing));
	const char *before = "    # changing: byte ";
	for (unsigned i = 0; i < shape->len_max; i++) {
		if (changing >> i & 1)
			fprintf(s->out, "%s%u from %u to %u", before, i, shape->min[i], shape->max[i]);
		before = changing >> i & 1 ? ", " : before;
	}
	if (changing)
		fputc('\n', s->out);
}

/* Counters, indexes, texts, the checksum; the bytes they take. */
static unsigned put_marks(const struct skeleton *s, const struct shape *shape)
{
	char buf[SHAPE_TEXT_MAX];
	unsigned taken = 0, size;
	const char *checksum = shape_checksum(shape, buf, &size);
	if (checksum) {
		fprintf(s->out, "    #checksum: %s   # right in all frames\n", checksum);
		taken |= ((1u << size) - 1) << (shape->len_max - size);
	}
	for (unsigned i = 0; i < shape->len_max; i++) {
		unsigned from, to, length = shape_text(shape, i);
		int bits = taken >> i & 1 ? 0 : shape_counter(shape, i);
		if (shape_index(shape, i, &from, &to)) {
			fprintf(s->out,
				"    # byte %u runs from %u to %u: a counter; or the number of a part, then: index: { "
				"byte: %u }, group: %u-%u\n",
				i, from, to, i, from, to);
			taken |= 1u << i;
		} else if (bits) {
			fprintf(s->out, "    # byte %u counts up in each frame (%d bits)\n", i, bits);
			taken |= 1u << i;
		}
		if (!length)
			continue;
		fprintf(s->out, "    # bytes %u-%u are the text \"%.*s\"\n", i, i + length - 1, (int)length,
			(const char *)shape->first + i);
		taken |= ((1u << length) - 1) << i;
	}
	return taken;
}

/* In the order that the file has, and in the other one. */
static void put_word(const struct skeleton *s, const struct shape *shape, unsigned at, int *left)
{
	char buf[SHAPE_TEXT_MAX];
	for (int k = 0; k < 2; k++) {
		bool big = k ? !s->big : s->big;
		const char *guess = shape_guess(shape, at, true, big, buf);
		if (guess && (*left)-- > 0)
			fprintf(s->out, "    # bytes %u-%u%s: %s\n", at, at + 1,
				!k    ? ""
				: big ? ", high byte first"
				      : ", low byte first",
				guess);
	}
}

static void put_guesses(const struct skeleton *s, const struct shape *shape, unsigned taken)
{
	char buf[SHAPE_TEXT_MAX];
	int left = GUESSES_MOST;
	for (unsigned i = 0; i < shape->len_min; i++) {
		if (taken >> i & 1)
			continue;
		if (i + 1 < shape->len_min && !(taken >> (i + 1) & 1))
			put_word(s, shape, i, &left);
		bool high = i + 1 < shape->len_min && shape->max[i + 1] && !s->big; /* it may be a low byte */
		const char *guess =
			high || (i && s->big && shape->max[i - 1]) ? NULL : shape_guess(shape, i, false, false, buf);
		if (guess && left-- > 0)
			fprintf(s->out, "    # byte %u: %s\n", i, guess);
	}
}

/* The place of an id in the order; -1 = it was not heard. */
static int find(const struct skeleton *s, uint32_t id, bool ext, int from)
{
	for (int i = from; i < s->n && (skeleton_id(s, i)->ext != ext || skeleton_id(s, i)->id <= id); i++)
		if (skeleton_id(s, i)->ext == ext && skeleton_id(s, i)->id == id)
			return i;
	return -1;
}

static bool are_alike(const struct skeleton *s, int i, int k)
{
	int64_t a = traffic_period(&s->traffic, skeleton_id(s, i)), b = traffic_period(&s->traffic, skeleton_id(s, k));
	return shape_alike(skeleton_shape(s, i), skeleton_shape(s, k)) && a <= 2 * b && b <= 2 * a;
}

/* How many ids from i on, so far apart, are parts of one table; `mark`s them as written. */
static int count_parts(struct skeleton *s, int i, uint32_t stride, bool mark)
{
	const struct traffic_id *first = skeleton_id(s, i);
	int n = 0;
	for (int k = i; k >= 0 && n < GROUP_MOST; k = find(s, first->id + (uint32_t)n * stride, first->ext, k)) {
		if (s->written[k] || (n && !are_alike(s, i, k)))
			break;
		if (mark)
			s->written[k] = true;
		n++;
	}
	return n;
}

/* The best way to see id i as the first of a table: the number of its parts, 1 = it stands alone. */
static int group_from(struct skeleton *s, int i, uint32_t *stride)
{
	int best = 1;
	for (int k = i + 1; k < s->n && k <= i + NEIGHBOURS; k++) {
		uint32_t apart = skeleton_id(s, k)->id - skeleton_id(s, i)->id;
		int n = skeleton_id(s, k)->ext == skeleton_id(s, i)->ext && apart <= 0x10000
				? count_parts(s, i, apart, false)
				: 1;
		if (n >= PARTS_LEAST && n > best) {
			best = n;
			*stride = apart;
		}
	}
	return best;
}

static void put_frame(const struct skeleton *s, int i, int n, uint32_t stride)
{
	const struct traffic_id *e = skeleton_id(s, i);
	const struct shape *shape = skeleton_shape(s, i);
	char id[TRAFFIC_ID_TEXT_MAX], frame[CANDUMP_TEXT_MAX];
	fprintf(s->out, "\n  - id: %s", traffic_id_print(id, e->id, e->ext));
	if (n > 1 && stride == 1)
		fprintf(s->out, " + group");
	else if (n > 1)
		fprintf(s->out, " + 0x%X * group", stride);
	fputc('\n', s->out);
	if (n > 1)
		fprintf(s->out, "    group: 0-%d%*s# so many ids at equal distances look alike: the first is shown\n",
			n - 1, n > 10 ? 13 : 14, "");
	put_period(s, e);
	fprintf(s->out, "    required: true\n");
	if (shape->len_min != shape->len_max)
		fprintf(s->out, "    # it has %u to %u bytes\n", shape->len_min, shape->len_max);
	else if (shape->len_max < 8)
		fprintf(s->out, "    dlc: %u\n", shape->len_max ? shape->len_max : 1);
	put_j1939(s, e);
	candump_print_frame(frame, &e->first);
	fprintf(s->out, "    # the first: %s\n", frame);
	put_bytes(s, shape);
	put_guesses(s, shape, put_marks(s, shape));
}

#define PATH_TEXT_MAX 256

/* Without what YAML would stumble over. */
static const char *clean(const char *path, char buf[PATH_TEXT_MAX])
{
	snprintf(buf, PATH_TEXT_MAX, "%s", path);
	for (char *c = buf; *c; c++)
		if (*c == '"' || *c == '\\' || (unsigned char)*c < 0x20)
			*c = '_';
	return buf;
}

/* The log's name, without where it lies. */
static const char *log_name(const struct skeleton *s, char buf[PATH_TEXT_MAX])
{
	const char *slash = strrchr(s->log, '/');
	return clean(!strcmp(s->log, "-") ? "standard input" : slash ? slash + 1 : s->log, buf);
}

static void put_head(const struct skeleton *s)
{
	char log[PATH_TEXT_MAX], file[PATH_TEXT_MAX], again[PATH_TEXT_MAX];
	int pad = 21 - (int)strlen(s->name); /* to where the comments stand */
	log_name(s, log);
	fprintf(s->out,
		"# Begun by `battagg profile new` from %s: %d ids. Comments are guesses; those with an arrow (<-) want "
		"an answer.\n"
		"# How to go on: replace what is known of each frame by its `fields:` (can-profiles/README.md has the "
		"language),\n"
		"# take out frames that are not the battery's, and watch it:  battagg decode --watch -p %s %s\n"
		"profile: %s\n"
		"name: \"%s\"%*s# <- maker and model, for people\n"
		"status: experimental        # documented: by the maker's papers; verified: compared with a real "
		"battery's display\n"
		"source: \"a log\"             # <- which battery, firmware, document\n"
		"missing: []                 # <- what the bus tells that this file does not read\n"
		"#bitrate: 500 kbit/s        # <- a log does not tell it\n"
		"byte_order: %-15s # %s byte first, by the look of its numbers\n"
		"#addresses: 0-15            # if packs on one bus have ids of their own: id: 0x100 + address\n"
		"\n"
		"# `required`: the battery counts as present only while these come. It stands at every frame because "
		"one without\n"
		"# fields is nothing but a sign of life; in the end leave it where voltage, current and limits are.\n"
		"frames:",
		log, s->traffic.n, clean(s->file, file), clean(s->log_again, again), s->name, s->name, pad > 0 ? pad : 1, "", s->big ? "big" : "little",
		s->big ? "high" : "low");
}

static void put_gx(const struct skeleton *s)
{
	bool heard = false;
	for (uint32_t id = TRAFFIC_GX_FIRST; id <= TRAFFIC_GX_LAST; id++)
		heard = heard || traffic_find(&s->traffic, id, false) >= 0;
	if (heard)
		fputs("\n# Left out, as a GX or an inverter sends them: 0x305 to 0x307. Most batteries want to hear:\n"
		      "#transmit:\n"
		      "#  - { name: keepalive, id: 0x305, data: 00 00 00 00 00 00 00 00, period: 1 s, default: on }\n",
		      s->out);
}

/* A frame of each id: its first, or its last where that is another. */
static void put_sample(const struct skeleton *s, bool last)
{
	char log[PATH_TEXT_MAX];
	int column = 0, shown = s->n < FRAMES_MOST ? s->n : FRAMES_MOST, n = 0;
	fprintf(s->out,
		"#  - origin: captured\n#    from: \"%s, %s frame of each id\"   # <- and what the battery's display "
		"said then\n",
		log_name(s, log), last ? "the last" : "the first");
	for (int i = 0; i < shown; i++) {
		char text[CANDUMP_TEXT_MAX];
		candump_print_frame(text, last ? &skeleton_id(s, i)->last : &skeleton_id(s, i)->first);
		if (column > SAMPLE_LINE_MOST)
			column = fprintf(s->out, ",\n#             ");
		else
			column += fprintf(s->out, n ? ", " : "#    frames: [");
		column += fprintf(s->out, "\"%s\"", text);
		n++;
	}
	fprintf(s->out, "]\n#    values:\n#      voltage: ... V\n#      current: ... A\n#      soc: ... %%\n");
}

static bool all_same(const struct skeleton *s)
{
	for (int i = 0; i < s->n; i++) {
		const struct frame *first = &skeleton_id(s, i)->first, *last = &skeleton_id(s, i)->last;
		if (first->len != last->len || memcmp(first->data, last->data, sizeof first->data))
			return false;
	}
	return true;
}

static void put_samples(const struct skeleton *s)
{
	fputs("\n# Samples are what proves this file. Take the # away once there are fields, and write what was "
	      "true "
	      "at that moment,\n"
	      "# never what battagg made of it. Blank serial numbers.\n#samples:\n",
	      s->out);
	put_sample(s, false);
	if (!all_same(s))
		put_sample(s, true);
}

void skeleton_write(struct skeleton *s)
{
	put_head(s);
	int n = 0;
	for (int i = 0; i < s->n && n < FRAMES_MOST; i++) {
		uint32_t stride = 0;
		if (s->written[i])
			continue;
		int parts = group_from(s, i, &stride);
		count_parts(s, i, stride, true);
		put_frame(s, i, parts, stride);
		n++;
	}
	if (n == FRAMES_MOST)
		fprintf(s->out, "\n  # and more: only %d are written here\n", FRAMES_MOST);
	put_gx(s);
	put_samples(s);
}
