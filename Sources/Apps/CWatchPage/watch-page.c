// `#embed` (C23) and not a resource bundle: a program that was moved still finds its page.

#include "CWatchPage.h"

// clang remarks on every `#embed` outside of C23, and SwiftPM sets the language standard for a whole package.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char page[] = {
#embed "page.html"
};

WatchPage watchPage(void) { return (WatchPage){page, sizeof page}; }
