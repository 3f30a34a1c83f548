#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mail {

// What a name looks like to somebody who glances at it: compatibility forms taken apart, accents,
// invisible marks and case away, letters of other scripts and digits as the Latin letters they
// pass for ("Аdа L0velace" and "ada lovelace" are one). Only for comparing with another such text,
// never for showing. "" for what is not UTF-8.
std::string skeleton(std::string_view utf8);

// The words of a skeleton in alphabetical order: "lovelace, ada" and "ada.lovelace" are one. Digits
// alone and single letters are no words.
std::vector<std::string> skeleton_words(std::string_view utf8);

}  // namespace mail
