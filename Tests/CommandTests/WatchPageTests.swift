import Foundation
import Pictures
import TestSupport
import Testing

/// The rendering of `lemnos watch`'s page in Chromium, if it is installed.
@Suite("The page of lemnos watch", .enabled(if: Browser.path != nil, "there is no Chromium"))
struct WatchPageTests {
  @Test(
    "draws two runs over one another, wide and narrow, light and dark",
    arguments: [(1200, false), (420, true)])
  func pixels(width: Int, isDark: Bool) throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    for name in ["first", "second"] {
      try folder.succeed(
        "train --backend cpu --data images --model three-layer-convnet --hidden 8 --batch-size 4 --epochs 5 --quiet --out runs/\(name)"
      )
    }
    let command = try Command("watch --port 0", in: folder)
    defer { command.kill() }
    let words = try command.output(with: "(Ctrl-C ends it)\n").split(separator: " ")
    let address = String(try #require(words.first { $0.hasPrefix("http://") }))
    // The colours of the first run's curve, the second's, and the background, from the page's style sheet.
    let colours: [[Int]] =
      isDark
      ? [[88, 166, 255], [255, 155, 80], [13, 17, 23]] : [[0, 114, 178], [213, 94, 0], [255, 255, 255]]
    let picture = try Browser.picture(
      of: address + "#all,still", width: width, height: 1600, isDark: isDark, in: folder)
    #expect(picture.width == width)
    let counts = colours.map { colour in
      (0..<picture.width * picture.height).count { place in
        colour.indices.allSatisfy {
          abs(Int(picture.pixels[place * picture.channels + $0]) - colour[$0]) <= 2
        }
      }
    }
    #expect(counts[0] > 300 && counts[1] > 100, "pixels of the runs' lines: \(counts)")
    #expect(counts[2] > width * 300, "most of it is paper: \(counts)")
  }
}

/// Headless Chromium.
enum Browser {
  static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static func picture(
    of address: String, width: Int, height: Int, isDark: Bool, in folder: TemporaryFolder
  ) throws -> Picture {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(path))
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--window-size=\(width),\(height)",
        "--user-data-dir=\(folder.path(of: "browser"))", "--virtual-time-budget=5000",
        "--screenshot=\(folder.path(of: "page.png"))",
      ] + (isDark ? ["--blink-settings=preferredColorScheme=0"] : []) + [address]
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    process.waitUntilExit()
    return try Picture(png: folder.read("page.png"))
  }
}
