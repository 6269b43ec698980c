package domain

import (
	"strings"
	"unicode"
)

// looksLike reports whether two names look alike (Unicode Technical Standard #39, section 4).
// Letter case, accents, blanks, punctuation and symbols are ignored, and letters of other
// scripts are replaced by the Latin letters that they look like. It knows only the look-alikes
// of the letters in the names of system roles.
func looksLike(one, other string) bool { return skeleton(one) == skeleton(other) }

func skeleton(name string) string {
	letters := strings.Map(func(r rune) rune {
		switch r = latin(r); {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, name)
	return strings.NewReplacer("rn", "m", "vv", "w").Replace(letters)
}

// alphabets are ranges of characters that hold one or more Latin alphabets of 26 letters each.
var alphabets = [][2]rune{
	{'Ａ', 'Ｚ'}, {'ａ', 'ｚ'}, {'Ⓐ', 'ⓩ'}, {'⒜', '⒵'},
	// Mathematical letters (bold, italic, script and so on); letters in squares and circles, and of flags.
	{0x1D400, 0x1D6A3},
	{0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}, {0x1F1E6, 0x1F1FF},
}

// latin returns the Latin letter that a character looks like, or the character itself.
func latin(r rune) rune {
	for _, run := range alphabets {
		if run[0] <= r && r <= run[1] {
			r = 'a' + (r-run[0])%26
		}
	}
	for letter, alike := range lookalikes {
		if strings.ContainsRune(alike, r) {
			return letter
		}
	}
	return r
}

// lookalikes are the letters and numbers that look like a letter of a system role's name, with
// or without accents: from confusables.txt of UTS #39 and the decompositions of Unicode 13,
// with the small capitals, and without scripts that are written from right to left.
var lookalikes = map[rune]string{
	'a': "ᴀªÀÁÂÃÄÅàáâãäåĀāĂăĄąǍǎǞǟǠǡǺǻȀȁȂȃȦȧɑΆΑάαАаӐӑӒӓᎪᗅᴬᵃᵅḀḁẚẠạẢảẤấẦầẨẩẪẫ" +
		"ẬậẮắẰằẲẳẴẵẶặἀἁἂἃἄἅἆἇἈἉἊἋἌἍἎἏὰάᾀᾁᾂᾃᾄᾅᾆᾇᾈᾉᾊᾋᾌᾍᾎᾏᾰᾱᾲᾳᾴᾶᾷᾸᾹᾺΆᾼₐÅꓮ𐊠𖽀𝚨" +
		"𝛂𝛢𝛼𝜜𝜶𝝖𝝰𝞐𝞪",
	'b': "ʙƀƂƃƄɓΒБВЬѢѣҌҍᏏᏴᑲᑳᖯᗷᴮᵇḂḃḄḅḆḇℬꓐꞴ𐊂𐊡𐌁𐞅𝚩𝛣𝜝𝝗𝞑",
	'd': "ᴅÐĎďĐđƉƌɖɗԁᎠᏧᑯᗞᗪᴰᵈḊḋḌḍḎḏḐḑḒḓⅅⅆⅮⅾꓒꓓ𐞋𐞌",
	'e': "ᴇÈÉÊËèéêëĒēĔĕĖėĘęĚěȄȅȆȇȨȩɆɇΈΕЀЁЕеѐёҽҿӖӗᎬᴱᵉḔḕḖḗḘḙḚḛḜḝẸẹẺẻẼẽẾếỀềỂểỄ" +
		"ễỆệἘἙἚἛἜἝῈΈₑℯℰⅇⴹꓰꬲ𐊆𑢦𑢮𝚬𝛦𝜠𝝚𝞔",
	'i': "1l|¹ÌÍÎÏìíîïĨĩĪīĬĭĮįİıĹĺĻļĽľŁłƖƗƚǀǏǐȈȉȊȋɨɩɪɫɭˡͺΊΐΙΪίιϊІЇіїӀӏ۱ᎥᏞᒪ" +
		"ᛁᴵᴸᵢᵻᵼᶤᶥᶦᶧᶩḬḭḮḯḶḷḸḹḺḻḼḽỈỉỊịἰἱἲἳἴἵἶἷἸἹἺἻἼἽἾἿὶίιῐῑῒΐῖῗῘῙῚΊⁱ₁ₗℐℑℒℓℹ" +
		"ⅈⅠⅬⅰⅼ①ⲒⳐⵏꓡꓲꙇꭞꭵ１𐊊𐌉𐌠𐐛𐔦𐞶𑢣𑢲𑣃𖼖𖼨𝚤𝚰𝛊𝛪𝜄𝜤𝜾𝝞𝝸𝞘𝞲𝟏𝟙𝟣𝟭𝟷🯱",
	'm': "ᴍɱΜϺМӍᎷᗰᛖᴹᵐᵯᶬḾḿṀṁṂṃₘℳⅯⅿⲘꓟ𐊰𐌑𑜀𑣣𝚳𝛭𝜧𝝡𝞛",
	'n': "ɴÑñŃńŅņŇňƝƞǸǹɳΝήηոռᴺᵰᶯṄṅṆṇṈṉṊṋἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇⁿₙℕⲚꓠ𐔓𝚴𝛈𝛮𝜂𝜨𝜼" +
		"𝝢𝝶𝞜𝞰",
	'o': "0ºÒÓÔÕÖØòóôõöøŌōŎŏŐőƟƠơǑǒǪǫǬǭǾǿȌȍȎȏȪȫȬȭȮȯȰȱɵΌΘΟθοσόϑϴОоѲѳӦӧӨөӪӫՕ" +
		"օ۵०০੦૦ଠ୦௦౦೦ഠ൦๐໐တဝ၀ჿዐᎾᏫᴏᴑᴼᵒᶱᶿṌṍṎṏṐṑṒṓỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợὀὁὂὃ" +
		"ὄὅὈὉὊὋὌὍὸόῸΌ⁰₀ₒℴ⓪Ⲟⲟⴱⵁⵔ〇ꓳꝊꝋꬽꬾꭴꮎꮻ０𐊒𐊫𐐄𐐬𐓂𐓪𐔖𐞢𑓐𑢵𑣈𑣗𑣠𝚯𝚶𝚹𝛉𝛐𝛔𝛝𝛩𝛰𝛳𝜃𝜊𝜎𝜗𝜣𝜪𝜭𝜽𝝄" +
		"𝝈𝝑𝝝𝝤𝝧𝝷𝝾𝞂𝞋𝞗𝞞𝞡𝞱𝞸𝞼𝟅𝟎𝟘𝟢𝟬𝟶🯰",
	'r': "ʀŔŕŖŗŘřƦȐȑȒȓɍɼɽʳгѓғᎡᏒᖇᴦᴿᵣᵲṘṙṚṛṜṝṞṟℛℜℝⲅꓣꭇꭈꮁ𐒴𐞨𖼵",
	't': "ᴛŢţŤťŦŧƭƮȚțȾΤТҬᎢᵀᵗᵵṪṫṬṭṮṯṰṱẗₜⲦꓔ𐊗𐊱𐌕𑢼𖼊𝚻𝛵𝜯𝝩𝞣",
	'u': "ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲųƯưǓǔǕǖǗǘǙǚǛǜȔȕȖȗɄʋΰυϋύՍսሀᏌᑌᴜᵁᵘᵤᵾᶸᶹṲṳṴṵṶṷṸṹṺṻ" +
		"ỤụỦủỨứỪừỬửỮữỰựὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧꓴꞟꭎꭒꭟꮜ𐓎𐓶𑢸𑣘𖽂𝛖𝜐𝝊𝞄𝞾",
	'w': "ŴŵɯʷѡѽԜԝաᎳᏔᴡᵂᵚẀẁẂẃẄẅẆẇẈẉẘꓪꝡꮃ𑓅𑜊𑜎𑜏𑣦𑣯",
}
