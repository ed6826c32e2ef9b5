/* SPDX-License-Identifier: Apache-2.0 */
#include "signatures/confusable.h"

#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

/* Characters that follow one another; a blank is one that looks like no letter. Ascending. */
static const struct run {
	uint32_t first;
	const char *letters;
} runs[] = {
	/* Latin-1 */
	{0xb5, "u"},
	{0xc0, "aaaaaa ceeeeiiiidnooooo ouuuuybbaaaaaa ceeeeiiiionooooo ouuuuyby"},
	/* Latin Extended-A */
	{0x100, "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii  jjkkklllllll"},
	{0x140, "lllnnnnnn nnoooooo  rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzz"},
	/* Latin Extended-B */
	{0x180, "b    b  c"},
	{0x192, "f      kl   n oo   p"},
	{0x1ad, "t uu   y z      s  l"},
	{0x1cd, "aaiioouuuuuuuuuueaaaa   gggkkoooo  j   gg  nnaa    aaaaeeeeiiiio"},
	{0x20d, "ooorrrruuuusstt  hh     zaaeeooooooooyy"},
	{0x240, "z"},
	{0x249, "j q r y a b  dd e e    ggg   h ii lll w mnn o      rr    s     t"},
	/* phonetic letters */
	{0x289, "uuu   yzz"},
	{0x299, "b  h"},
	/* Greek */
	{0x37c, "c"},
	{0x390, "i"},
	{0x3ae, "niua y e n ik uv o p otu x wiuou"},
	{0x3f2, "cj"},
	/* Cyrillic */
	{0x430, "a br e  nnk mhonpcty xu w b b   eehresiij hh ny  w"},
	{0x473, "o v v"},
	{0x491, "r r"},
	{0x49b, "k k k k h h     c t y y x"},
	{0x4bb, "h e e"},
	{0x4ce, "ml a a     e"},
	{0x4e3, "n n o o     y y y"},
	{0x501, "d"},
	{0x51b, "q w"},
	/* Armenian */
	{0x561, "w q  q"},
	{0x570, "h n  j  n   nu   g   o"},
	/* Latin Extended Additional */
	{0x1e00, "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"},
	{0x1e40, "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"},
	{0x1e80, "wwwwwwwwwwxxxxyyzzzzzzhtwy      aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"},
	{0x1ec0, "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy"},
	/* others */
	{0x2184, "c"},
};

static const struct run *run_before(uint32_t character)
{
	size_t begin = 0, end = ARRAY_LEN(runs);

	while (begin < end) {
		size_t middle = (begin + end) / 2;

		if (runs[middle].first <= character)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin ? &runs[begin - 1] : NULL;
}

uint32_t confusable_fold(uint32_t character)
{
	const struct run *run;

	if (character < 0x80)
		return confusable_ascii(character);
	if (character >= 0x300 && character <= 0x36f)
		return CONFUSABLE_NONE;
	run = run_before(character);
	if (!run || character - run->first >= strlen(run->letters) ||
		run->letters[character - run->first] == ' ')
		return character;
	return (uint8_t)run->letters[character - run->first];
}
