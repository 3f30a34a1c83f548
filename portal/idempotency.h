#pragma once

#include "portal/routes.h"

namespace portal {

// A request with Idempotency-Key is carried out once: when the same person sends the same again
// within a day, the first answer is given again, with Idempotency-Replayed: true. Another request
// under the same key: 422; the first is still at work: 409. Only what was done is remembered: an
// answer of 4xx or 5xx changed nothing, and the key is free for another try. The answer is kept
// after the act: should Postern be killed in between, a repeated request acts on what is left,
// which for every route that uses this is what it would have done anyway. Not for routes whose
// request or answer is a secret.
base::Task<Response> answer_once(Call& call, Handler handler);

// For the table of routes.
template <Handler handler>
base::Task<Response> once(Call& call) {
    return answer_once(call, handler);
}

}  // namespace portal
