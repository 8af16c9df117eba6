/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Something that is too large for too long. */
#include "core/detector.h"

bool detector_step(struct detector *d, bool known, int64_t value, int64_t threshold, int64_t release, int64_t dwell,
                   int64_t now)
{
	d->known = known;
	d->threshold = threshold;
	if (known)
		d->value = value;
	bool turns = known && (d->active ? value <= release : value >= threshold);
	if (!turns) {
		d->turning = 0;
		return false;
	}
	if (!d->turning)
		d->turning = now;
	if (now - d->turning < dwell)
		return false;
	d->active = !d->active;
	d->since = now;
	d->turning = 0;
	return true;
}

bool detector_lasts(bool is, int64_t *since, int64_t time, int64_t now)
{
	if (!is)
		*since = 0;
	else if (!*since)
		*since = now;
	return is && now - *since >= time;
}
