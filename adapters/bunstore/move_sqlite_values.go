package bunstore

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application/port"
)

// sqliteReads returns the expression with which a column is read. The sign hides its type from the driver, which would otherwise
// parse times.
func sqliteReads(column port.MoveColumn, stored string) string {
	if stored == "blob" && (column.Kind == port.ValueJSON || column.Kind == port.ValueList) {
		return "json(" + quoteSQLite(column.Name) + ")"
	}
	return "+" + quoteSQLite(column.Name)
}

// sqliteValue appends a value that SQLite returned, in the form of port.MoveRow.
func sqliteValue(kind port.ValueKind, value any, to []byte) ([]byte, error) {
	if to == nil {
		to = []byte{} // nil is NULL
	}
	switch value := value.(type) {
	case nil:
		return nil, nil
	case int64:
		return sqliteNumber(kind, value, to)
	case string:
		return sqliteText(kind, value, to)
	case []byte:
		switch kind {
		case port.ValueBytes:
			return hex.AppendEncode(append(to, `\x`...), value), nil
		case port.ValueStored:
			return append(append(to, 'b'), value...), nil
		default:
		}
	case float64:
		if kind == port.ValueStored {
			return strconv.AppendFloat(append(to, 'f'), value, 'g', -1, 64), nil
		}
	}
	return nil, fmt.Errorf("it is stored as %T, which is no %s", value, kind)
}

func sqliteNumber(kind port.ValueKind, value int64, to []byte) ([]byte, error) {
	switch kind {
	case port.ValueInteger, port.ValueBits:
		return strconv.AppendInt(to, value, 10), nil
	case port.ValueBoolean:
		if value != 0 {
			return append(to, 't'), nil
		}
		return append(to, 'f'), nil
	case port.ValueStored:
		return strconv.AppendInt(append(to, 'i'), value, 10), nil
	default:
		return nil, fmt.Errorf("it is stored as a number, which is no %s", kind)
	}
}

func sqliteText(kind port.ValueKind, value string, to []byte) ([]byte, error) {
	switch kind {
	case port.ValueText:
		return append(to, value...), nil
	case port.ValueUUID:
		return append(to, bytes.ToLower([]byte(value))...), nil
	case port.ValueJSON, port.ValueList:
		return plainJSON(to, []byte(value))
	case port.ValueTime:
		at, err := readTime(value)
		if err != nil {
			return nil, err
		}
		return at.AppendFormat(to, timeFormat), nil
	case port.ValueStored:
		return append(append(to, 't'), value...), nil
	default:
		return nil, fmt.Errorf("it is stored as text, which is no %s", kind)
	}
}

// The forms in which SQLite has times: those of Bun, and those of the queue, which compares them as texts of three decimals.
const (
	bunTime       = "2006-01-02 15:04:05.999999-07:00"
	queueTime     = "2006-01-02 15:04:05.000"
	queueTimeLong = "2006-01-02 15:04:05.000000"
)

// sqliteStores returns what is stored for a value of a port.MoveRow. stored is the declared type of the column.
func sqliteStores(kind port.ValueKind, stored string, value []byte) (any, error) {
	if value == nil {
		return nil, nil
	}
	switch kind {
	case port.ValueInteger, port.ValueBits:
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil {
			return nil, errNoNumber
		}
		return n, nil
	case port.ValueBoolean:
		if value[0] == 't' {
			return int64(1), nil
		}
		return int64(0), nil
	case port.ValueTime:
		at, err := time.Parse("2006-01-02 15:04:05-07", string(value))
		if err != nil {
			return nil, errors.New("it is no time")
		}
		switch {
		case stored != "timestamp":
			return at.UTC().Format(bunTime), nil
		case at.Nanosecond()%int(time.Millisecond) != 0:
			return at.UTC().Format(queueTimeLong), nil
		}
		return at.UTC().Format(queueTime), nil
	case port.ValueBytes:
		return hex.DecodeString(string(bytes.TrimPrefix(value, []byte(`\x`))))
	case port.ValueStored:
		return sqliteStoredAs(value)
	default:
		return string(value), nil
	}
}

// sqliteStoredAs reverses sqliteValue for values of an unknown kind.
func sqliteStoredAs(value []byte) (any, error) {
	switch rest := string(value[1:]); value[0] {
	case 'i':
		return strconv.ParseInt(rest, 10, 64)
	case 'f':
		return strconv.ParseFloat(rest, 64)
	case 'b':
		return []byte(rest), nil
	default:
		return rest, nil
	}
}
