package store_test

import (
	"database/sql"
	"testing"

	"readback/store"
	"readback/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Exercise(t, func(t *testing.T) storetest.Database {
		path := storetest.File(t)
		return storetest.Database{
			Open: func(o store.Options) (*store.Store, error) {
				o.Path = path
				return store.Open(t.Context(), o)
			},
			Exec: func(query string) error {
				db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
				if err != nil {
					return err
				}
				defer db.Close()
				_, err = db.Exec(query)
				return err
			},
		}
	})
}
