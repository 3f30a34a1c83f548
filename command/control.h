#pragma once

#include "base/async.h"
#include "base/log.h"
#include "base/result.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace command {

// What came of something that was asked of the running server.
struct Outcome {
    bool done = false;
    std::vector<std::string> lines;  // for people; each one line
};

// The way for sub-commands to ask a running `serve` for what a signal cannot answer: a socket
// beside the store, in data_dir, for the server's own user and root. One line in
// ("reload /etc/postern/postern.toml"), then "done" or "refused" and lines for people out.
class Control {
  public:
    // Called on the loop, one question at a time.
    using Answer = std::function<Outcome(std::string_view question)>;

    // The caller owns the store in `data_dir`, so that a socket left there by a crash is nobody's.
    // Error: trouble.
    static base::Result<std::unique_ptr<Control>> listen(
        boost::asio::io_context& loop,
        const std::filesystem::path& data_dir,
        Answer answer,
        base::Log& log
    );
    virtual ~Control() = default;
};

// Asks the server whose store is in `data_dir`, and waits for its answer. Errors: not_found (no
// server runs there), trouble.
base::Result<Outcome> ask_server(const std::filesystem::path& data_dir, std::string_view question);

}  // namespace command
