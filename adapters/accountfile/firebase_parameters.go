package accountfile

import (
	"regexp"
	"strconv"

	"github.com/sole-platform/sole/domain"
)

// firebaseParameter is a line of the parameters, as the console of Firebase shows them.
var firebaseParameter = regexp.MustCompile(
	`\b(algorithm|base64_signer_key|base64_salt_separator|rounds|mem_cost)["']?\s*[:=]\s*["']?([A-Za-z0-9+/_=-]*)`)

// firebaseKeyBytes is the length of each project's signer key.
const firebaseKeyBytes = 64

// parseFirebaseParameters reads the password hash parameters of a project:
//
//	hash_config {
//	  algorithm: SCRYPT,
//	  base64_signer_key: ...,
//	  base64_salt_separator: Bw==,
//	  rounds: 8,
//	  mem_cost: 14,
//	}
func parseFirebaseParameters(text string) (domain.FirebaseParameters, error) {
	var project domain.FirebaseParameters
	values := map[string]string{}
	for _, found := range firebaseParameter.FindAllStringSubmatch(text, -1) {
		if _, twice := values[found[1]]; twice {
			return project, domain.Invalid("parameters."+found[1], "must be there only once")
		}
		values[found[1]] = found[2]
	}
	if len(values) == 0 {
		return project, domain.Invalid("parameters", "must be the password hash parameters of the project: in the console of Firebase, "+
			"open Authentication, Users, and choose Password hash parameters in the menu")
	}
	var badKey, badSeparator, badRounds, badCost error
	project.SignerKey, badKey = base64Of(values["base64_signer_key"])
	project.SaltSeparator, badSeparator = base64Of(values["base64_salt_separator"])
	project.Rounds, badRounds = strconv.Atoi(values["rounds"])
	project.MemoryCost, badCost = strconv.Atoi(values["mem_cost"])
	switch {
	case values["algorithm"] != "" && values["algorithm"] != "SCRYPT":
		return project, domain.Invalid("parameters.algorithm", "must be SCRYPT, which every project of Firebase has")
	case badKey != nil || len(project.SignerKey) != firebaseKeyBytes:
		return project, domain.Invalid("parameters.base64_signer_key", "must be 64 bytes in base64: copy the whole key")
	case badSeparator != nil || len(project.SaltSeparator) > 16:
		return project, domain.Invalid("parameters.base64_salt_separator", "must be at most 16 bytes in base64")
	case badRounds != nil || project.Rounds < 1 || project.Rounds > 64:
		return project, domain.Invalid("parameters.rounds", "must be a number from 1 to 64")
	case badCost != nil || project.MemoryCost < 1 || project.MemoryCost > 20:
		return project, domain.Invalid("parameters.mem_cost", "must be a number from 1 to 20")
	}
	return project, nil
}
