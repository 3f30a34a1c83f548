#include "conf/branding_reader.h"

#include "base/ascii.h"
#include "conf/colour.h"
#include "conf/endpoint.h"
#include "mail/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace conf {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t product_name_bytes_max = 100;
constexpr std::size_t support_bytes_max = 500;
constexpr std::string_view png_signature("\x89PNG\r\n\x1a\n", 8);

bool is_one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), base::is_control);
}

// "image/png", "image/svg+xml", or "" for what is neither. A document with an svg element near its
// beginning is taken for SVG: what else it says cannot run (the portal serves it in a sandbox).
std::string_view type_of(std::string_view bytes) {
    if (bytes.starts_with(png_signature)) return "image/png";
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
    while (!bytes.empty() && base::is_blank(bytes.front())) bytes.remove_prefix(1);
    const bool is_xml = bytes.starts_with('<') && bytes.find('\0') == bytes.npos;
    return is_xml && bytes.substr(0, 4096).find("<svg") != bytes.npos ? "image/svg+xml" : "";
}

class BrandingReader {
  public:
    BrandingReader(TableReader& reader, const fs::path& directory, Portal& portal)
        : reader_(reader), directory_(directory), portal_(portal) {}

    void read() {
        const std::string& name = portal_.product_name;
        if (name.empty() || name.size() > product_name_bytes_max || !is_one_line(name))
            refuse(
                "product_name",
                fmt::format("write a name of 1 to {} bytes in one line", product_name_bytes_max)
            );
        accent("accent", portal_.accent, page_by_day, "light");
        accent("accent_dark", portal_.accent_dark, page_by_night, "dark");
        if (portal_.support_text.size() > support_bytes_max || !is_one_line(portal_.support_text))
            refuse(
                "support_text", fmt::format("write at most {} bytes in one line", support_bytes_max)
            );
        support_url();
        logo();
    }

  private:
    void refuse(std::string_view key, std::string_view what) {
        reader_.problem(reader_.place_of(key), fmt::format("{}: {}", key, what));
    }

    void accent(
        std::string_view key,
        std::string& value,
        std::string_view page,
        std::string_view light_or_dark
    ) {
        if (value.empty()) return;
        const auto colour = parse_colour(value);
        if (!colour)
            return refuse(
                key, fmt::format("\"{}\" is not a colour; write for example \"#17614f\"", value)
            );
        value = base::lower(value);
        const double ratio = contrast(*colour, *parse_colour(page));
        if (ratio < text_contrast_min)
            refuse(
                key,
                fmt::format(
                    "{} cannot be read well on the {} page ({}): the contrast is {:.1f} and must "
                    "be {} or more; write a {} colour",
                    value,
                    light_or_dark,
                    page,
                    ratio,
                    text_contrast_min,
                    light_or_dark == "light" ? "darker" : "lighter"
                )
            );
    }

    void support_url() {
        const std::string& url = portal_.support_url;
        if (url.empty()) return;
        constexpr std::string_view example =
            "write for example \"https://help.example.net/mail\" or \"mailto:help@example.net\"";
        const bool is_plain = std::all_of(url.begin(), url.end(), [](unsigned char c) {
            return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\';
        });
        const std::string lower = base::lower(url);
        bool is_good = is_plain && url.size() <= support_bytes_max;
        if (lower.starts_with("https://")) {
            const auto host = std::string_view(url).substr(8);
            is_good &= parse_host(host.substr(0, host.find_first_of("/?#"))).has_value();
        } else if (lower.starts_with("mailto:")) {
            const auto address = std::string_view(url).substr(7);
            is_good &= mail::Address::parse(address.substr(0, address.find('?'))).has_value();
        } else {
            is_good = false;
        }
        if (!is_good)
            refuse("support_url", fmt::format("\"{}\" is no such link; {}", url, example));
    }

    void logo() {
        if (portal_.logo.empty()) return;
        if (portal_.logo.is_relative()) portal_.logo = directory_ / portal_.logo;
        portal_.logo = portal_.logo.lexically_normal();
        std::error_code error;
        const fs::file_status status = fs::status(portal_.logo, error);
        const std::string path = portal_.logo.string();
        if (!fs::exists(status)) return refuse("logo", path + " does not exist");
        // Asked before it is opened: what stands there may be a pipe that nobody writes to.
        if (!fs::is_regular_file(status)) return refuse("logo", path + " is not a file");
        std::string bytes(logo_bytes_max + 1, '\0');
        std::ifstream file(portal_.logo, std::ios::binary);
        if (!file)
            return refuse(
                "logo",
                fmt::format(
                    "{} cannot be read: {}",
                    path,
                    std::error_code(errno, std::generic_category()).message()
                )
            );
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (file.bad()) return refuse("logo", path + " cannot be read");
        bytes.resize(static_cast<std::size_t>(file.gcount()));
        if (bytes.size() > logo_bytes_max)
            return refuse("logo", fmt::format("{} is larger than {} bytes", path, logo_bytes_max));
        const std::string_view type = type_of(bytes);
        if (type.empty()) return refuse("logo", path + " is neither an SVG nor a PNG image");
        portal_.logo_image =
            std::make_shared<const Logo>(Logo{std::string(type), std::move(bytes)});
    }

    TableReader& reader_;
    const fs::path& directory_;
    Portal& portal_;
};

}  // namespace

void read_branding(TableReader& reader, const fs::path& directory, Portal& portal) {
    BrandingReader(reader, directory, portal).read();
}

}  // namespace conf
