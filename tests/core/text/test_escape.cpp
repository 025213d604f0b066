#include <reel/core/text/detail/escape.h>

#include <doctest/doctest.h>

TEST_CASE("Text in HTML is no markup") {
  CHECK(reel::escape_html("<b a=\"1\">&amp;</b>") == "&lt;b a=&quot;1&quot;&gt;&amp;amp;&lt;/b&gt;");
  CHECK(reel::escape_html("n\u00e4her") == "n\u00e4her");
}
