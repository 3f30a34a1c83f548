#pragma once

#include "portal/act_record.h"
#include "portal/call.h"

#include <boost/json/object.hpp>

#include <string>

namespace portal {

// A job on all that `filter` lets through now: 202 with the job, 409 with `job` when one of this
// person is at work.
base::Task<Response> start_job(Call& call, Act act, quarantine::HoldFilter filter);

// Takes an act of this person back and waits until that is done. Answers 409 when it is too late or
// there is nothing of that id.
base::Task<Answer<quarantine::ActRecord>> take_back(Call& call, std::string id);

}  // namespace portal
