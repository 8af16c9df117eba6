/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Counts allocations: the linker sends malloc and its kin here (--wrap), so that targets can tell who makes none. */
#include <stddef.h>

#include "alloc.h"

static _Thread_local unsigned long count;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

unsigned long allocations(void)
{
	return count;
}

void *__wrap_malloc(size_t size)
{
	count++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	count++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	count++;
	return __real_realloc(p, size);
}
