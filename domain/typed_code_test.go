package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestOneTimeCodesAreAcceptedHoweverTyped(t *testing.T) {
	for _, typed := range []string{
		"123456", "123 456", "123\u00a0456", "123\u202f456", " 123456\n", "\r\n123456\r\n", "\t123456", "123-456", "123\u2013456", "123\u2212456",
		"1 2 3 4 5 6", "１２３４５６", "１２３　４５６", "123\u200b456", "\u200e123456\u200e", "\ufeff123456", "123\u00ad456",
		"١٢٣٤٥٦", "۱۲۳۴۵۶", "१२३४५६", "๑๒๓๔๕๖", "𝟏𝟐𝟑𝟒𝟓𝟔", "𝟷𝟸𝟹𝟺𝟻𝟼",
		"12３4٥6",
	} {
		code, err := domain.ParseOneTimeCode(domain.NewSecret(typed))
		require.NoError(t, err, "%q", typed)
		require.Equal(t, "123456", code.Reveal(), "%q", typed)
	}
}

func TestInvalidOneTimeCodesAreRefused(t *testing.T) {
	for _, typed := range []string{"", " ", "12345", "1234567", "123 45", "12345a", "123.456", "123_456", "Ⅻ3456", "①23456", "²23456",
		"十23456", "-"} {
		_, err := domain.ParseOneTimeCode(domain.NewSecret(typed))
		requireFault(t, err, "code")
	}
}

func TestRecoveryCodesAreAcceptedHoweverTyped(t *testing.T) {
	for _, typed := range []string{
		"0123-4567-89AB-CDEF", "0123456789abcdef", "0123 4567 89ab cdef", "0123\u00a04567\u00a089AB\u00a0CDEF",
		"0123\u20134567\u201489AB\u2010CDEF",
		"0123-4567-89AB-CDEF\n", "\u200b0123-4567-89AB-CDEF", "０１２３－４５６７－８９ＡＢ－ＣＤＥＦ",
		"０１２３ー４５６７ー８９ａｂーｃｄｅｆ",
		"oI23-4567-89ab-cdef", "OL23-4567-89AB-CDEF", "0123\u22124567\u201189AB\u00adCDEF",
	} {
		code, err := domain.ParseRecoveryCode(domain.NewSecret(typed))
		require.NoError(t, err, "%q", typed)
		require.Equal(t, "0123456789ABCDEF", code.Reveal(), "%q", typed)
	}
}

func TestInvalidRecoveryCodesAreRefused(t *testing.T) {
	for _, typed := range []string{"", "0123-4567-89AB-CDE", "0123-4567-89AB-CDEF-0", "U123-4567-89AB-CDEF", "0123-4567-89AB-CDE!",
		"АBCD-4567-89AB-CDEF", "123456"} {
		_, err := domain.ParseRecoveryCode(domain.NewSecret(typed))
		requireFault(t, err, "recovery_code")
	}
}

func TestImportedRecoveryCodesAreAcceptedHoweverTyped(t *testing.T) {
	for _, typed := range []string{"LU23-45ZX", "lu2345zx", " LU23 45zx\n", "ＬＵ２３－４５ＺＸ", "lu23\u201345zx", "LU٢٣-45ZX"} {
		code, err := domain.ParseRecoveryCode(domain.NewSecret(typed))
		require.NoError(t, err, "%q", typed)
		require.Equal(t, "LU2345ZX", code.Reveal(), "%q", typed)
	}
	for _, typed := range []string{"LU23-45Z", "LU23-45ZXX", "0U23-45ZX", "LU23-45Z1", "OU23-45ZX", "IU23-45ZX", "LU23-45Z!"} {
		_, err := domain.ParseRecoveryCode(domain.NewSecret(typed))
		requireFault(t, err, "recovery_code")
	}
}
