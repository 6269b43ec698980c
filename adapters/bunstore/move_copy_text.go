package bunstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/sole-platform/sole/application/port"
)

// rowWriter is the io.Writer of COPY TO in the text format. It passes each line as a row.
type rowWriter struct {
	table port.MoveTable
	each  func(port.MoveRow) error
	rest  []byte // an incomplete line
	text  []byte // the values of the row
	ends  []int  // where each value ends; negative: NULL
	row   port.MoveRow
}

// Write implements io.Writer.
func (w *rowWriter) Write(chunk []byte) (int, error) {
	n := len(chunk)
	for {
		line, more, whole := bytes.Cut(chunk, []byte{'\n'})
		if !whole {
			w.rest = append(w.rest, line...)
			return n, nil
		}
		chunk = more
		if len(w.rest) > 0 {
			line = append(w.rest, line...)
			w.rest = line[:0]
		}
		if err := w.line(line); err != nil {
			return 0, err
		}
	}
}

// line passes one line: the values are separated by tabs, and \N is NULL.
func (w *rowWriter) line(line []byte) error {
	w.text, w.ends = w.text[:0], w.ends[:0]
	for len(w.ends) < len(w.table.Columns) {
		value, rest, _ := bytes.Cut(line, []byte{'\t'})
		line = rest
		if string(value) == `\N` {
			w.ends = append(w.ends, -1)
			continue
		}
		start := len(w.text)
		w.text = appendUnescaped(w.text, value)
		switch w.table.Columns[len(w.ends)].Kind {
		case port.ValueJSON, port.ValueList:
			plain, err := plainJSON(nil, w.text[start:])
			if err != nil {
				return fmt.Errorf("%s.%s: %w", w.table.Name, w.table.Columns[len(w.ends)].Name, err)
			}
			w.text = append(w.text[:start], plain...)
		default:
		}
		w.ends = append(w.ends, len(w.text))
	}
	w.row = w.row[:0]
	start := 0
	for _, end := range w.ends {
		if end < 0 {
			w.row = append(w.row, nil)
			continue
		}
		w.row = append(w.row, w.text[start:end:end])
		start = end
	}
	return w.each(w.row)
}

// appendUnescaped appends a value of COPY's text format.
func appendUnescaped(to, value []byte) []byte {
	for {
		i := bytes.IndexByte(value, '\\')
		if i < 0 || i+1 == len(value) {
			return append(to, value...)
		}
		to = append(to, value[:i]...)
		switch c := value[i+1]; c {
		case 'b':
			to = append(to, '\b')
		case 'f':
			to = append(to, '\f')
		case 'n':
			to = append(to, '\n')
		case 'r':
			to = append(to, '\r')
		case 't':
			to = append(to, '\t')
		case 'v':
			to = append(to, '\v')
		default:
			to = append(to, c)
		}
		value = value[i+2:]
	}
}

// appendEscaped appends a value for COPY FROM.
func appendEscaped(to, value []byte) []byte {
	for _, c := range value {
		switch c {
		case '\\':
			to = append(to, '\\', '\\')
		case '\n':
			to = append(to, '\\', 'n')
		case '\r':
			to = append(to, '\\', 'r')
		case '\t':
			to = append(to, '\\', 't')
		default:
			to = append(to, c)
		}
	}
	return to
}

// appendLine appends a row as a line for COPY FROM. width is the number of bits of a column of bits.
func appendLine(to []byte, table port.MoveTable, row port.MoveRow, width func(column string) int) ([]byte, error) {
	for i, value := range row {
		if i > 0 {
			to = append(to, '\t')
		}
		if value == nil {
			to = append(to, '\\', 'N')
			continue
		}
		var err error
		switch column := table.Columns[i]; column.Kind {
		case port.ValueStored:
			err = errors.New("its kind is not known")
		case port.ValueList:
			if value, err = arrayLiteral(value); err == nil {
				to = appendEscaped(to, value)
			}
		case port.ValueBits:
			var bits uint64
			if bits, err = strconv.ParseUint(string(value), 10, 32); err == nil {
				to = fmt.Appendf(to, "%0*b", width(column.Name), bits)
			}
		default:
			if err = checkText(value); err == nil {
				to = appendEscaped(to, value)
			}
		}
		if err != nil {
			return nil, badValue(table, i, row, err)
		}
	}
	return append(to, '\n'), nil
}

// arrayLiteral returns a JSON list as an array of PostgreSQL. Its elements are texts or, as they are, JSON values.
func arrayLiteral(list []byte) ([]byte, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(list, &elements); err != nil {
		return nil, errors.New("it is no JSON list")
	}
	literal := []byte{'{'}
	for i, element := range elements {
		if i > 0 {
			literal = append(literal, ',')
		}
		text := []byte(element)
		if element[0] == '"' {
			var content string
			if err := json.Unmarshal(element, &content); err != nil {
				return nil, err
			}
			text = []byte(content)
		}
		literal = append(literal, '"')
		for _, c := range text {
			if c == '"' || c == '\\' {
				literal = append(literal, '\\')
			}
			literal = append(literal, c)
		}
		literal = append(literal, '"')
	}
	return append(literal, '}'), nil
}
