package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var importCases = []storeCase{
	{"keeps an import with its rows, and counts them by status", importsRoundTrip},
	{"lists rows by line, page by page and by status", importsListed},
	{"finds no import of another org", importsOfAnotherOrg},
	{"finishes an import once, and sweeps an old import with its rows", importsFinished},
}

func (x *tenant) order(t *testing.T, lines ...int) (domain.Import, []domain.ImportRow) {
	t.Helper()
	order := domain.Import{ID: domain.ImportID(newStoreID()), By: domain.UserID(newStoreID()), CreatedAt: storeNow, Total: len(lines)}
	rows := make([]domain.ImportRow, len(lines))
	for i, line := range lines {
		rows[i] = domain.ImportRow{Line: line, Email: oddText, FullName: oddName, Roles: []string{"a", oddText}, Status: domain.RowPending}
	}
	x.do(t, func(tx port.OrgTx) error { return tx.Imports().Insert(t.Context(), order, rows) })
	return order, rows
}

func (x *tenant) rows(t *testing.T, id domain.ImportID, status domain.RowStatus, after, limit int) []domain.ImportRow {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.ImportRow, error) {
		return tx.Imports().Rows(t.Context(), id, status, after, limit)
	})
}

func (x *tenant) getImport(t *testing.T, id domain.ImportID) (found domain.Import, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		found, err = tx.Imports().Get(t.Context(), id)
		return err
	})
	return found, err
}

func importsRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	order, rows := x.order(t, 2, 3, 7)
	x.order(t, 2)
	require.Equal(t, rows, x.rows(t, order.ID, "", 0, 10))
	rows[0].Status, rows[0].User = domain.RowCreated, domain.UserID(newStoreID())
	rows[2].Refuse(domain.FieldError{Field: "email", Message: oddText}, domain.FieldError{Field: "row", Message: "no"})
	x.do(t, func(tx port.OrgTx) error {
		return tx.Imports().Settle(t.Context(), order.ID, []domain.ImportRow{rows[0], rows[2]})
	})
	require.Equal(t, rows, x.rows(t, order.ID, "", 0, 10))
	order.Created, order.Refused = 1, 1
	found, err := x.getImport(t, order.ID)
	require.NoError(t, err)
	require.Equal(t, order, found)
	require.Equal(t, 1, found.Pending())
}

func importsListed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	order, rows := x.order(t, 9, 2, 5, 10)
	sorted := []domain.ImportRow{rows[1], rows[2], rows[0], rows[3]}
	require.Equal(t, sorted, x.rows(t, order.ID, domain.RowPending, 0, 10))
	require.Equal(t, sorted[1:3], x.rows(t, order.ID, "", 2, 2))
	require.Empty(t, x.rows(t, order.ID, domain.RowRefused, 0, 10))
	require.Empty(t, x.rows(t, order.ID, "", 10, 10))
}

func importsOfAnotherOrg(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	order, rows := x.order(t, 2)
	_, err := y.getImport(t, order.ID)
	mustBe(t, domain.ErrNotFound, err)
	require.Empty(t, y.rows(t, order.ID, "", 0, 10))
	refused := rows[0]
	refused.Refuse()
	y.do(t, func(tx port.OrgTx) error {
		if err := tx.Imports().Settle(t.Context(), order.ID, []domain.ImportRow{refused}); err != nil {
			return err
		}
		return tx.Imports().Finish(t.Context(), order.ID, storeNow)
	})
	found, err := x.getImport(t, order.ID)
	require.NoError(t, err)
	require.Equal(t, order, found)
}

func importsFinished(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	order, _ := x.order(t, 2)
	for _, at := range []time.Time{storeNow, storeNow.Add(time.Hour)} {
		x.do(t, func(tx port.OrgTx) error { return tx.Imports().Finish(t.Context(), order.ID, at) })
	}
	found, err := x.getImport(t, order.ID)
	require.NoError(t, err)
	require.Equal(t, storeNow, found.FinishedAt)
	_, err = store.Platform().Sweep(t.Context(), storeNow.Add(29*24*time.Hour))
	require.NoError(t, err)
	_, err = x.getImport(t, order.ID)
	require.NoError(t, err)
	_, err = store.Platform().Sweep(t.Context(), storeNow.Add(31*24*time.Hour))
	require.NoError(t, err)
	_, err = x.getImport(t, order.ID)
	mustBe(t, domain.ErrNotFound, err)
	require.Empty(t, x.rows(t, order.ID, "", 0, 10))
}
