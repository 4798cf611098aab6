/// The style of pages and charts, light and dark.
enum Style {
  /// The class of a series' colour.
  static func color(_ number: Int) -> String { "c\(number % 6)" }

  /// - SeeAlso: Okabe & Ito 2008, "Color universal design": a palette for colour-blind readers.
  static let chart = """
    .chart{--ink:#24292f;--dim:#57606a;--rule:#d8dee4;--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;\
    --c4:#a87f00;--c5:#56b4e9;font:12px system-ui,sans-serif}
    @media(prefers-color-scheme:dark){.chart{--ink:#e6edf3;--dim:#9da7b1;--rule:#30363d;--c0:#58a6ff;--c1:#ff9b50;\
    --c2:#3fcf9b;--c3:#e39ac4;--c4:#e3c04b;--c5:#9bd8ff}}
    .chart text{fill:var(--ink)}.chart .title{font-size:14px;font-weight:600}.chart .tick{fill:var(--dim)}
    .chart .grid{stroke:var(--rule);fill:none}.chart .axis{stroke:var(--dim);fill:none}
    .chart .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
    .chart .band{fill:currentColor;opacity:.15;stroke:none}
    .chart .c0{color:var(--c0)}.chart .c1{color:var(--c1)}.chart .c2{color:var(--c2)}.chart .c3{color:var(--c3)}
    .chart .c4{color:var(--c4)}.chart .c5{color:var(--c5)}
    """

  static let page = """
    :root{color-scheme:light dark;--ink:#24292f;--dim:#57606a;--rule:#d8dee4;--paper:#fff;--good:#1a7f37;--bad:#cf222e}
    @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9da7b1;--rule:#30363d;--paper:#0d1117;--good:#3fb950;\
    --bad:#f85149}}
    *{box-sizing:border-box}body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:72rem;color:var(--ink);\
    background:var(--paper);font:16px/1.55 system-ui,sans-serif}
    h1{font-size:1.75rem;line-height:1.2}h2{font-size:1.3rem;margin-top:3rem;border-bottom:1px solid var(--rule);\
    padding-bottom:.3rem}p{max-width:46rem}.table{overflow-x:auto}
    table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
    th,td{padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
    th{color:var(--dim);font-weight:600}.number{text-align:right;white-space:nowrap}.good{color:var(--good)}
    .bad{color:var(--bad);font-weight:600}.dim{color:var(--dim)}
    .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));gap:1.5rem;margin:1.5rem 0}
    figure{margin:0}figure svg{width:100%;height:auto}figure img{max-width:100%;image-rendering:pixelated}
    figcaption{color:var(--dim);font-size:.9rem}nav ul{columns:20rem;padding-left:1.2rem}a{color:inherit}
    """
}

extension String {
  /// Escapes the characters that are special in HTML and SVG.
  var escaped: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
