// A receiver of SOLE's webhooks. It needs the secret that SOLE showed when the webhook was created or its secret replaced:
//
//	WEBHOOK_SECRET=whsec_... PORT=9000 go run .
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const maxBody = 64 << 10 // bytes; SOLE sends at most 20 KB

func main() {
	verifier, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
	if err != nil || os.Getenv("WEBHOOK_SECRET") == "" {
		log.Fatal("set WEBHOOK_SECRET to the secret of the webhook: whsec_...")
	}
	address := "127.0.0.1:" + os.Getenv("PORT")
	server := http.Server{Addr: address, Handler: &receiver{verifier: verifier}, ReadTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

type receiver struct {
	verifier *standardwebhooks.Webhook
	seen     sync.Map // ids of events; a real receiver stores them in the transaction that acts on the event
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	// Verify checks that one of the signatures is ours, and that the time is not more than five minutes away.
	if err := r.verifier.Verify(body, request.Header); err != nil {
		http.Error(w, "the signature is not valid", http.StatusUnauthorized)
		return
	}
	var event struct {
		Type string `json:"type"`
		Data struct {
			ResourceID string `json:"resource_id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		http.Error(w, "the body is not JSON", http.StatusBadRequest)
		return
	}
	// SOLE delivers each event at least once: act on an id only the first time.
	if _, known := r.seen.LoadOrStore(request.Header.Get("webhook-id"), true); !known {
		fmt.Println(event.Type, event.Data.ResourceID) // act here, or store the event and act later
	}
	w.WriteHeader(http.StatusNoContent) // any 2xx; after anything else SOLE sends the event again
}
