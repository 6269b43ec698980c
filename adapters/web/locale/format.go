package locale

import (
	"strconv"
	"time"

	"golang.org/x/text/number"
)

// Date returns the day in words, in the time zone of the time.
func (l *Language) Date(t time.Time) string {
	return l.Text("language.date", "day", strconv.Itoa(t.Day()),
		"month", l.Text("language.month."+strconv.Itoa(int(t.Month()))), "year", strconv.Itoa(t.Year()))
}

// DateTime returns the day and the time of day with its time zone.
func (l *Language) DateTime(t time.Time) string {
	return l.Text("language.date_time", "date", l.Date(t), "time", t.Format("15:04"), "zone", t.Format("MST"))
}

const (
	day          = 24 * time.Hour
	longestCount = 30 * day // an older time is shown as its date
)

// Ago returns how long ago a time was, or how far it is ahead. A time of more than 30 days is shown as its date.
func (l *Language) Ago(t, now time.Time) string {
	passed := now.Sub(t)
	distance, key := passed, "language.ago."
	if passed < 0 {
		distance, key = -passed, "language.in."
	}
	switch {
	case distance < time.Minute:
		return l.Text("language.now")
	case distance < time.Hour:
		return l.Text(key+"minutes", "count", int(distance/time.Minute))
	case distance < day:
		return l.Text(key+"hours", "count", int(distance/time.Hour))
	case distance < longestCount:
		return l.Text(key+"days", "count", int(distance/day))
	}
	return l.Date(t)
}

// Duration returns a length of time in its two greatest units, such as 1 hour 30 minutes.
func (l *Language) Duration(d time.Duration) string {
	if d > time.Second {
		d = (d + time.Second - 1).Truncate(time.Second)
	}
	seconds := l.unit("seconds", d%time.Minute/time.Second)
	minutes := l.unit("minutes", d%time.Hour/time.Minute)
	hours := l.unit("hours", d%day/time.Hour)
	switch {
	case d < time.Minute:
		return l.Text("language.seconds", "count", int(d/time.Second))
	case d < time.Hour:
		return l.both(minutes, seconds)
	case d < day:
		return l.both(hours, minutes)
	}
	return l.both(l.unit("days", d/day), hours)
}

// unit returns a number of a unit of time, or nothing for none.
func (l *Language) unit(name string, count time.Duration) string {
	if count == 0 {
		return ""
	}
	return l.Text("language."+name, "count", int(count))
}

func (l *Language) both(greater, smaller string) string {
	if smaller == "" {
		return greater
	}
	return l.Text("language.durations", "greater", greater, "smaller", smaller)
}

// Bytes returns a size in the greatest unit of which there is at least one.
func (l *Language) Bytes(size int64) string {
	if size < 1024 {
		return l.Text("language.bytes", "count", size)
	}
	amount, unit := float64(size), ""
	for _, unit = range []string{"KB", "MB", "GB", "TB"} {
		if amount /= 1024; amount < 1023.95 {
			break
		}
	}
	return l.Text("language.size", "amount", l.printer.Sprint(number.Decimal(amount, number.MaxFractionDigits(1))), "unit", unit)
}

// Number returns a whole number with the separators of the language.
func (l *Language) Number(n int) string { return l.printer.Sprint(n) }
