import Foundation
import TestSupport
import Testing

@Suite("lemnos reproduce cs231n")
struct ReproduceTests {
  @Test("writes a page and Markdown with its pictures, and says that published numbers do not apply")
  func parts() throws {
    let folder = try TemporaryFolder()
    let line =
      "reproduce cs231n --data fashion-mnist-small --quick --backend cpu --only overfitting,filters"
    let result = try folder.succeed("\(line) --out some/report")
    #expect(result.lines.last == "Written: some/report/index.html and some/report/report.md")
    let html = String(decoding: try folder.read("some/report/index.html"), as: UTF8.self)
    let markdown = String(decoding: try folder.read("some/report/report.md"), as: UTF8.self)
    for text in ["those columns do not apply", "quick form", "Five layers, 50 images, 20 epochs"] {
      #expect(html.contains(text))
      #expect(markdown.contains(text))
    }
    #expect(!html.contains("as good or better"))
    let pictures = markdown.matches(of: /!\[.*\]\((.*)\)/).map { String($0.output.1) }
    #expect(pictures.contains("photograph-edges.png") && pictures.contains("overfitting-loss.svg"))
    for picture in pictures { #expect(try !folder.read("some/report/\(picture)").isEmpty) }
    // The network overfits the training images.
    #expect(markdown.contains(/training accuracy \| 1\.000 \(1 run\)/))
  }

  @Test("finds every gradient right, and the printed numbers")
  func layers() throws {
    let folder = try TemporaryFolder()
    try folder.succeed("reproduce cs231n --data fashion-mnist-small --quick --only layers --out report")
    let markdown = String(decoding: try folder.read("report/report.md"), as: UTF8.self)
    let errors = markdown.matches(of: /\| ([0-9.]+e-[0-9]+|0) \|\n/).compactMap { Double($0.output.1) }
    #expect(errors.count > 30)
    #expect(errors.allSatisfy { $0 < 1e-6 })
  }

  @Test("refuses a folder that is there, a part that is not, and data that is not")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try folder.write([], as: "there")
    let line = "reproduce cs231n --data fashion-mnist-small --quick"
    try folder.expectRefusal("\(line) --out there", code: 73, words: ["there exists already", "--out"])
    try folder.expectRefusal(
      "\(line) --only droput --out new", code: 64, words: ["droput", "Did you mean dropout?"])
    try folder.expectRefusal("reproduce cs231n --data nothing --out new", code: 66, words: ["nothing"])
    try folder.expectRefusal("\(line)", code: 64, words: ["--out"])
  }

  @Test("writes nothing when it is stopped")
  func interrupt() throws {
    let folder = try TemporaryFolder()
    let command = try Command(
      "reproduce cs231n --data fashion-mnist-small --only update-rules --out report", in: folder)
    try command.interrupt(after: "Update rules")
    let result = try command.result()
    #expect(result.code == 130)
    #expect(result.errors.contains("nothing was written"))
    #expect(try folder.contents().isEmpty)
  }
}
