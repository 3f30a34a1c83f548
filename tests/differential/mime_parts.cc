// What mail/mime_scan finds in messages, as JSON for tests/differential/compare_mime.py: reads
// "<size>\n<bytes>" from standard input again and again, writes one line for each.
#include "base/sha256.h"
#include "mail/mime_scan.h"

#include <boost/json.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

namespace json = boost::json;

class Listing final : public mail::PartSink {
  public:
    void begin_leaf(int, const mail::Part& part) override {
        part_ = {};
        part_["type"] = part.type;
        part_["name"] = part.name;
        part_["extension"] = part.extension;
        bytes_.clear();
    }
    void data(std::string_view decoded) override { bytes_ += decoded; }
    void end_leaf() override {
        part_["size"] = bytes_.size();
        part_["sha256"] = base::to_hex(base::sha256(bytes_));
        parts.push_back(part_);
    }
    void begin_message(int, const mail::Part&) override {}
    void end_message(int, std::uint64_t, std::uint64_t) override {}

    json::array parts;

  private:
    json::object part_;
    std::string bytes_;
};

}  // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        std::string bytes(std::strtoul(line.c_str(), nullptr, 10), '\0');
        if (!std::cin.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return 1;
        Listing listing;
        const auto scan =
            mail::scan_mime(mail::MessageBytes::of(bytes), mail::MimeLimits(), listing);
        if (!scan) return 1;
        json::array ambiguities;
        for (const auto ambiguity : scan->ambiguities)
            ambiguities.emplace_back(mail::name_of(ambiguity));
        json::object answer;
        answer["ambiguities"] = std::move(ambiguities);
        answer["parts"] = std::move(listing.parts);
        std::cout << json::serialize(answer) << std::endl;
    }
    return 0;
}
