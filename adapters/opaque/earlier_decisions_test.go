package opaque_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/domain"
)

// TestDecisionsOfEarlierVersionsCanBeRead opens ids that a version made before phishing_resistant and passkeys were facts.
func TestDecisionsOfEarlierVersionsCanBeRead(t *testing.T) {
	at := time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		kind    domain.DecisionKind
		outcome string
		decider string
		id      domain.DecisionID
	}{
		{
			kind: domain.DecisionSignIn, outcome: "mfa_required", decider: "require_two_factor",
			id: "dec_AAAAAAAAQACAAAAAAAAAAevnPk7S1Bga5mhnNL_TBr7nOv1GgfLpajDncfu6jO22nC_CNwG4yTdULdaUHqN8Dp467_aFxwvpEGU89S4gIw" +
				"Y1OdZcrWwb0MYBF7uGyQ6TX4NIM_0Ouuz3GgFcHgE_o8rFYu2fXzNBU1BQ_UB_Tq4tK6lVv3TRh4VOxPuRSD79Eg0Dpr83vGmbfOfBlRkja0s6" +
				"kzb3VProDA_WwByd_fUcXGU82L1pvhMtqdj0HbTCsD1ahN4QWOVXRo6JKsLdlaW8egpI5mLusgAweNcEX7WT_HlKDG1rbL_eCY44AvHxPGRaMz" +
				"66wZqpKhKYjYlZAFNV8hGga_Vh52TEmw",
		},
		{
			kind: domain.DecisionSession, outcome: "second_factor_missing", decider: "require_two_factor",
			id: "dec_AAAAAAAAQACAAAAAAAAAAWP8LwXg1JegnN6OaFUdEEj5D_WSNyopp-9p4HGRqdMliNINOynq6yRcAn_y4CWvAhTudH4bOsAix5y_FJ2MPD" +
				"lkd-3tABOsFx5cC7GZs24eOHIj83RYHu8WBnrWHl8NcFqPDof9Ta77gUcTMbFksGxPLvlCbTtoXGTb7VcP4w8V1ILcZ5zsDdiV1mhjV3IA9Xc0" +
				"FFw2PsEfASaOcxyIafZ2pjxmqjnrSaTzSQfo6AQ1Gxp8F6mKyK9V-J25oJVz23ZMJJjJUYNMRpAtxAxnggLrtewBDiyWGo05d2YS-jBCEXuAQ_" +
				"HXMKewuZD5Ko4JePO_75ZKKHe1vkaMbw",
		},
		{
			kind: domain.DecisionAction, outcome: "step_up", decider: "mfa_required_actions",
			id: "dec_AAAAAAAAQACAAAAAAAAAAZjhebzmdqUbHcZ0FtQgCK3oKm0A8NgpFSod81iojG0DCOs7IOYnTOOTcsXMUwAlbBUr7TWc18slwEFsBJO8vg" +
				"iT1HNlJqBO2GU5JUZBj8a6udgFEVi2V0ASWY-HopLgo1ijZiRYNw-xHQ7EDnprV0stdMfzdx6Kp_tR73QHZMEPTY2uAA5iS6LYMzLZ8yDPXHJf" +
				"pjbSO81cNuPGfG398_LDatObjizte7QoSzr1deZc10sq9wNtRIHIxILCFTnPtAmo8SkZX72fKEEuLhm7IDU2BvHqWB4K3rlAZB2W7bnJd-M8kN" +
				"P7iVmbujaXJDDq_YRJBeDbHJH7nb9lXA",
		},
	} {
		d, err := opaque.NewDecisions(opaque.DecisionKey{1}).Open(c.id, at)
		require.NoError(t, err, c.kind)
		require.Equal(t, c.kind, d.Question.Kind())
		require.Equal(t, c.outcome, d.Ruling().Outcome)
		require.Equal(t, c.decider, d.Decider())
		require.Empty(t, d.Policy.PhishingResistant, "its policy did not know the setting")
	}
}
