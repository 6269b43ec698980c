package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`
	ID            string    `json:"id"`
	Email         string    `json:"email"`
	FullName      string    `json:"full_name"`
	Status        string    `json:"status"`
	CreatedAt     time.Time `json:"created_at"`
}

// me does one RS256 verification and one select by primary key.
func (f *floor) me(c *fiber.Ctx) error {
	claims, err := f.verify(c)
	if err != nil {
		return err
	}
	var user userRow
	err = f.db.NewSelect().Model(&user).Where("org_id = ?", claims.Org).Where("id = ?", claims.Subject).Scan(c.Context())
	if err != nil {
		return err
	}
	return c.JSON(user)
}

// members does one RS256 verification and selects one page of all accounts, or of those that have two words.
func (f *floor) members(c *fiber.Ctx) error {
	claims, err := f.verify(c)
	if err != nil {
		return err
	}
	var users []userRow
	query := f.db.NewSelect().Model(&users).Where("u.org_id = ?", claims.Org).Limit(50)
	if c.Query("q") == "" {
		query = query.OrderExpr("u.id")
	} else {
		query = query.Join("JOIN user_words AS w ON w.org_id = u.org_id AND w.user_id = u.id").
			Where("w.org_id = ?", claims.Org).Where("w.word >= 'member9' AND w.word < 'member9~'").
			Where("EXISTS (SELECT 1 FROM user_words o WHERE o.org_id = ? AND o.user_id = w.user_id AND o.word >= 'exam' AND o.word < 'exam~')",
				claims.Org).OrderExpr("w.word, w.user_id")
	}
	if err := query.Scan(c.Context()); err != nil {
		return err
	}
	return c.JSON(map[string]any{"items": users})
}

// signIn does one Argon2id.
func (f *floor) signIn(c *fiber.Ctx) error {
	var in struct{ Email, Password string }
	if err := json.Unmarshal(c.Body(), &in); err != nil {
		return err
	}
	match, _, err := f.hasher.Verify(c.Context(), f.hash, domain.NewSecret(in.Password))
	if err != nil {
		return err
	}
	if !match {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	var out signInAnswer
	out.Status = "authenticated"
	if bytes.HasPrefix([]byte(in.Email), []byte("coded")) {
		out.Status, out.Challenge.Token = "mfa_required", uuid.NewString()
	}
	return c.JSON(out)
}

// codeMatches reports whether the code of the request is valid now.
func codeMatches(c *fiber.Ctx) (bool, error) {
	var in struct{ Code string }
	if err := json.Unmarshal(c.Body(), &in); err != nil {
		return false, err
	}
	_, matches := totp.Codes{}.Match(domain.NewSecret(codeSecret), in.Code, time.Now())
	return matches, nil
}

// code checks one code and does one RS256 signature.
func (f *floor) code(c *fiber.Ctx) error {
	if matches, err := codeMatches(c); err != nil || !matches {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	token, err := f.sign()
	if err != nil {
		return err
	}
	return c.JSON(map[string]string{"status": "authenticated", "access_token": token})
}

// refresh does one RS256 signature.
func (f *floor) refresh(c *fiber.Ctx) error {
	var in struct {
		Token string `json:"refresh_token"`
	}
	if err := json.Unmarshal(c.Body(), &in); err != nil {
		return err
	}
	token, err := f.sign()
	if err != nil {
		return err
	}
	return c.JSON(map[string]string{"access_token": token, "refresh_token": in.Token})
}

// sign returns an access token with as many claims as those of the service.
func (f *floor) sign() (string, error) {
	now := time.Now()
	return f.access.Sign(port.AccessClaims{
		ID: uuid.NewString(), Subject: domain.UserID(uuid.NewString()), Org: f.config.DefaultOrgID,
		Session: domain.SessionID(uuid.NewString()), AMR: []domain.AMR{domain.AMRPassword}, ACR: domain.AAL1,
		AuthTime: now, IssuedAt: now, Expires: now.Add(f.config.AccessTTL),
	})
}

// stepUp does one RS256 verification and one select by primary key, and checks one code.
func (f *floor) stepUp(c *fiber.Ctx) error {
	claims, err := f.verify(c)
	if err != nil {
		return err
	}
	var held struct {
		bun.BaseModel `bun:"table:authenticators"`
		ID            string
		Secret        string
	}
	err = f.db.NewSelect().Model(&held).Where("org_id = ?", claims.Org).Where("id = ?", claims.Subject).Scan(c.Context())
	if err != nil {
		return err
	}
	if matches, err := codeMatches(c); err != nil || !matches {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return c.JSON(map[string]string{"step_up_token": uuid.NewString()})
}

// copyAnswer makes the floor answer a path with the bytes that the service answers.
func (f *floor) copyAnswer(app *fiber.App, path string) error {
	response, err := http.Get("http://" + os.Getenv(serviceVariable) + path)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	kind := response.Header.Get("Content-Type")
	app.Get(path, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, kind)
		return c.Send(body)
	})
	return err
}
