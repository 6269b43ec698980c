package jose

import (
	"encoding/json"
	"strings"
	"testing"
)

const samplePayload = `{"iss":"i","aud":"a","sub":"01890a5d-ac96-774b-bcce-b302099a8057","exp":1777896300,"iat":1777896000,` +
	`"jti":"j","client_id":"a","org":"01890a5d-ac96-774b-bcce-b302099a8058","sid":"01890a5d-ac96-774b-bcce-b302099a8059",` +
	`"amr":["pwd"],"acr":"aal1","auth_time":1777896000}`

const servicePayload = `{"iss":"i","aud":"a","sub":"01890a5d-ac96-774b-bcce-b302099a8057","exp":1777896300,"iat":1777896000,` +
	`"jti":"j","client_id":"01890a5d-ac96-774b-bcce-b302099a8057","org":"01890a5d-ac96-774b-bcce-b302099a8058",` +
	`"key_id":"01890a5d-ac96-774b-bcce-b302099a8059","scope":"member.read role.read"}`

func TestParseClaims(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		want    bool
	}{
		"as signed":            {samplePayload, true},
		"a claim of tomorrow":  {`{"nickname":"x",` + samplePayload[1:], true},
		"a claim of a service": {`{"scope":"x",` + samplePayload[1:], false},
		"an empty one":         {`{"key_id":null,` + samplePayload[1:], false},
		"as for a service":     {servicePayload, true},
		"a claim of a person":  {`{"sid":null,` + servicePayload[1:], false},
		"a name in upper case": {`{"SUB":"x",` + samplePayload[1:], true},
		"a name twice":         {`{"jti":"x",` + samplePayload[1:], false},
		"text behind":          {samplePayload + "{}", false},
		"nothing":              {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, ok := parseClaims([]byte(c.payload))
			if ok != c.want || ok && !strings.HasPrefix(string(parsed.Subject), "01890a5d") {
				t.Errorf("got %+v, %t; want %t", parsed, ok, c.want)
			}
		})
	}
}

func FuzzParseClaims(f *testing.F) {
	f.Add([]byte(samplePayload))
	f.Add([]byte(servicePayload))
	f.Add([]byte(`{"exp":1e300}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if c, ok := parseClaims(payload); ok && !c.complete() {
			t.Errorf("accepted %q", payload)
		}
	})
}

func FuzzParseHeader(f *testing.F) {
	f.Add([]byte(`{"alg":"RS256","kid":"k","typ":"at+jwt"}`))
	f.Add([]byte(`{"alg":"ES256","kid":"k","typ":"at+jwt"}`))
	f.Add([]byte(`{"alg":"RS256","kid":"k","typ":"at+jwt","alg":"none"}`))
	f.Fuzz(func(t *testing.T, header []byte) {
		named := parseHeader(header, accessType)
		id := named.KeyID
		var said map[string]any
		err := json.Unmarshal(header, &said)
		if id != "" && (err != nil || len(said) != 3 || said["alg"] != named.Algorithm || said["typ"] != accessType || said["kid"] != id) {
			t.Errorf("found key %q in %q", id, header)
		}
	})
}
