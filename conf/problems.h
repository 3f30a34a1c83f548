#pragma once

#include "conf/document.h"
#include "conf/reader.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace conf {

// What is wrong in one file, collected while it is read, and which keys were looked for.
class Problems {
  public:
    explicit Problems(std::filesystem::path file) : file_(std::move(file)) {}

    void add(Place place, std::string text);
    void asked_for(std::string key) { asked_.insert(std::move(key)); }

    const std::set<std::string>& asked() const { return asked_; }
    std::vector<Problem> in_order() const;  // of the file

  private:
    std::filesystem::path file_;
    std::vector<Problem> list_;
    std::set<std::string> asked_;  // with their tables: "smtp.listener.tls"
};

// The candidate that `text` was most likely meant to be; "" when none is near.
std::string nearest(const std::string& text, const std::vector<std::string>& candidates);

}  // namespace conf
