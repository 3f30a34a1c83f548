#include "portal/mail_links.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "portal/html_tags.h"
#include "portal/web_address.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace portal {

namespace {

constexpr std::size_t link_text_bytes_max = 300;
constexpr std::size_t link_url_bytes_max = 2000;
// Of one link's words; more is not looked at.
constexpr std::size_t words_bytes_max = 4096;
// Of a mail that repeats itself; working out where one leads takes microseconds.
constexpr std::size_t looked_at_max = 5000;

// One line, blanks collapsed, ends trimmed.
std::string tidy(std::string_view words) {
    std::string tidied;
    for (const char c : mail::one_line(words)) {
        if (c == ' ' && (tidied.empty() || tidied.back() == ' ')) continue;
        tidied += c;
    }
    return std::string(base::utf8_prefix(base::trim(tidied), link_text_bytes_max));
}

// As a browser takes it: no blanks at the ends, no line ends and tabs inside.
std::string tidy_url(std::string_view url) {
    std::string tidied;
    for (const char c : url)
        if (c != '\t' && c != '\n' && c != '\r') tidied += base::is_control(c) ? ' ' : c;
    return std::string(base::utf8_prefix(base::trim(tidied), link_url_bytes_max));
}

// Looks for a name that people would take for a host: "bank.example" in "https://bank.example@x".
bool hides_behind_user(const WebAddress& address) {
    return address.has_user && address.scheme != "mailto";
}

MailLink link_to(std::string_view words, std::string_view url, const WebAddress& address) {
    MailLink link;
    link.text = tidy(words);
    link.url = tidy_url(url);
    link.host = address.host;
    link.host_unicode = address.host_unicode;
    const std::string expected = host_in_text(link.text);
    link.differs =
        hides_behind_user(address) || (!expected.empty() && !is_same_site(expected, address.host));
    return link;
}

class LinkList {
  public:
    bool is_full() const { return links_.size() >= links_max || looked_at_ >= looked_at_max; }
    void add(MailLink link) {
        ++looked_at_;
        if (links_.size() < links_max && seen_.emplace(link.text, link.url).second)
            links_.push_back(std::move(link));
    }
    bool shows(std::string_view url) {
        ++looked_at_;
        return std::ranges::any_of(links_, [&](const MailLink& link) {
            return link.url == url || link.text.find(url) != link.text.npos;
        });
    }
    std::vector<MailLink> take() { return std::move(links_); }

  private:
    std::size_t looked_at_ = 0;
    std::vector<MailLink> links_;
    std::set<std::pair<std::string, std::string>> seen_;
};

const std::string* attribute_of(const TagSink::Attributes& attributes, std::string_view name) {
    for (const auto& [known, value] : attributes)
        if (known == name) return &value;
    return nullptr;
}

// "click<br>here" are two words, "cl<b>ick</b>" is one.
bool parts_words(std::string_view tag) {
    static constexpr std::array<std::string_view, 13> parting = {
        "br", "p", "div", "td", "th", "tr", "li", "table", "h1", "h2", "h3", "h4", "hr"
    };
    return std::ranges::find(parting, tag) != parting.end();
}

class AnchorSink final : public TagSink {
  public:
    explicit AnchorSink(LinkList& links) : links_(links) {}

    void start_tag(std::string_view name, const Attributes& attributes) override {
        if (name == "base" && !base_)
            if (const auto* target = attribute_of(attributes, "href")) base_ = *target;
        if (name == "a") {
            end_link();
            const auto* target = attribute_of(attributes, "href");
            if (target == nullptr) target = attribute_of(attributes, "xlink:href");
            if (target != nullptr) target_ = *target;
        } else if (name == "area") {
            const auto* words = attribute_of(attributes, "alt");
            if (const auto* target = attribute_of(attributes, "href"))
                add(words != nullptr ? *words : std::string(), *target);
        } else if (name == "form") {
            if (const auto* target = attribute_of(attributes, "action")) add("", *target);
        } else if (name == "img" && target_) {
            if (const auto* words = attribute_of(attributes, "alt")) text(*words);
        } else if (parts_words(name)) {
            text(" ");
        }
    }
    void end_tag(std::string_view name) override {
        if (name == "a") end_link();
    }
    void text(std::string_view decoded) override {
        if (target_ && words_.size() < words_bytes_max)
            words_ += base::utf8_prefix(decoded, words_bytes_max - words_.size());
    }
    void style(std::string_view) override {}

    void end_link() {
        if (target_) add(words_, *target_);
        target_.reset();
        words_.clear();
    }

  private:
    void add(std::string_view words, const std::string& target) {
        if (links_.is_full() || base::trim(target).starts_with('#')) return;
        auto address = web_address_of(target);
        // What has no scheme goes on from <base>, and nowhere without one.
        if (!address && base_) address = web_address_of(*base_);
        if (address) links_.add(link_to(words, target, *address));
    }

    LinkList& links_;
    std::optional<std::string> base_;
    std::optional<std::string> target_;  // of the link that is open
    std::string words_;
};

bool ends_url(char c) {
    constexpr std::string_view ends = "<>\"`{}|^\\";
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || ends.find(c) != ends.npos;
}

// Without what belongs to the sentence around it.
std::string_view without_sentence(std::string_view url) {
    // How many more close than open, counted once: what goes below changes it by one.
    const auto excess = [&](char open, char close) {
        return std::ranges::count(url, close) - std::ranges::count(url, open);
    };
    auto round = excess('(', ')');
    auto square = excess('[', ']');
    constexpr std::string_view marks = ".,;:!?'*";
    for (; !url.empty(); url.remove_suffix(1)) {
        if (url.back() == ')' && round > 0)
            --round;
        else if (url.back() == ']' && square > 0)
            --square;
        else if (marks.find(url.back()) == marks.npos)
            break;
    }
    return url;
}

bool begins_word(std::string_view text, std::size_t at) {
    if (at == 0) return true;
    const char before = text[at - 1];
    return !base::is_letter(before) && !base::is_digit(before) &&
           static_cast<unsigned char>(before) < 0x80 && before != '.' && before != '@' &&
           before != '/' && before != '-';
}

// How long what stands at `at` is when it begins an address; 0: it begins none.
std::size_t mark_at(std::string_view text, std::size_t at) {
    const char first = base::to_lower(text[at]);
    if (first != 'h' && first != 'w') return 0;
    if (!begins_word(text, at)) return 0;
    for (const std::string_view mark : {"https://", "http://", "www."})
        if (base::starts_with_ignoring_case(text.substr(at), mark)) return mark.size();
    return 0;
}

void add_plain_links(std::string_view text, LinkList& links) {
    for (std::size_t at = 0; at < text.size() && !links.is_full(); ++at) {
        const std::size_t mark = mark_at(text, at);
        if (mark == 0) continue;
        std::size_t end = at + mark;
        while (end < text.size() && end - at < link_url_bytes_max && !ends_url(text[end])) ++end;
        const std::string_view url = without_sentence(base::utf8_prefix(text.substr(at), end - at));
        const bool has_scheme = mark != 4;
        const auto address =
            web_address_of(has_scheme ? std::string(url) : "http://" + std::string(url));
        if (address && !links.shows(url)) links.add(link_to(url, url, *address));
        at = end - 1;
    }
}

class ImageSink final : public TagSink {
  public:
    void start_tag(std::string_view, const Attributes& attributes) override {
        for (const auto& [name, value] : attributes) {
            if (name == "src" || name == "background" || name == "poster") add(value);
            if (name == "srcset") sources(value);
            if (name == "style") style(value);
        }
    }
    void end_tag(std::string_view) override {}
    void text(std::string_view) override {}
    // Whatever stands behind a bracket or a quote and leads elsewhere. An address is read up to the
    // end of its host, and the next one is looked for behind it: no byte is read for each of many.
    void style(std::string_view css) override {
        constexpr std::string_view host_ends = "/?#)\"'";
        for (std::size_t at = css.find("//"); at != css.npos;) {
            std::size_t begin = at;
            while (begin > 0 && (base::is_letter(css[begin - 1]) || css[begin - 1] == ':')) --begin;
            // Browsers take any number of slashes for two.
            std::size_t end = std::min(css.find_first_not_of('/', at), css.size());
            const std::size_t host = end;
            while (end < css.size() && end - host < link_url_bytes_max && !ends_url(css[end]) &&
                   host_ends.find(css[end]) == host_ends.npos)
                ++end;
            if (end > host)
                add(std::string(css.substr(begin, at - begin)) + "//" +
                    std::string(css.substr(host, end - host)));
            at = css.find("//", end);
        }
    }

    std::vector<std::string> take() { return std::move(hosts_); }

  private:
    // "a.png 1x, b.png 2x"
    void sources(std::string_view list) {
        while (!list.empty() && hosts_.size() < image_hosts_max) {
            list.remove_prefix(std::min(list.find_first_not_of(" \t\r\n\f,"), list.size()));
            const std::size_t end = std::min(list.find_first_of(" \t\r\n\f"), list.size());
            add(list.substr(0, end));
            list.remove_prefix(std::min(list.find(',', end), list.size()));
        }
    }

    void add(std::string_view url) {
        if (hosts_.size() >= image_hosts_max) return;
        const std::string tidied = tidy_url(url);
        // "//host/…" takes the scheme of the page.
        const bool is_of_page = tidied.starts_with("//") || tidied.starts_with("\\\\");
        const auto address = web_address_of(is_of_page ? "https:" + tidied : tidied);
        const bool is_remote =
            address && !address->host.empty() && address->scheme.starts_with("http");
        if (is_remote && std::ranges::find(hosts_, address->host) == hosts_.end())
            hosts_.push_back(address->host);
    }

    std::vector<std::string> hosts_;
};

}  // namespace

std::vector<MailLink> links_of(std::string_view text, std::string_view html) {
    LinkList links;
    AnchorSink anchors(links);
    read_tags(html, anchors);
    anchors.end_link();
    add_plain_links(text, links);
    return links.take();
}

std::vector<std::string> remote_image_hosts(std::string_view html) {
    ImageSink images;
    read_tags(html, images);
    return images.take();
}

}  // namespace portal
