// What may be seen at the time of the session: not what a question asks for.
#include <reel/core/inspect/terminal/detail/session.h>

#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/inspect/terminal/detail/timeline.h>
#include <reel/core/text/detail/say.h>

namespace reel::inline REEL_PRECISION::inspect {

Session::Session(Trace recorded)
    : original(std::make_shared<const Trace>(std::move(recorded))),
      current(original),
      time(current->events().size()) {}

Tensor Session::visible(TensorRef tensor) const {
  if (question && made_by(trace(), question->event) == tensor) {
    throw Error(say("{} is hidden until you answer {}; `skip` shows it", text_of(trace(), tensor),
                    question_text(trace(), *question)));
  }
  return existing(trace(), tensor, time);
}

ElementRef Session::visible_element(std::string_view text) const {
  const ElementRef element = parse_element(trace(), text);
  visible(element);
  return element;
}

ElementRef Session::visible_value(std::string_view text) const {
  const ElementRef element = visible_element(text);
  if (!element.gradient) return element;
  throw Error(say("{} is a gradient; this takes a value, as {}", text_of(trace(), element),
                  text_of(trace(), ElementRef{{element.node, false}, element.element})));
}

}  // namespace reel::inline REEL_PRECISION::inspect
