import Runs
import TestSupport
import Testing

@Suite("lemnos runs and lemnos report")
struct RunsCommandTests {
  @Test("list runs, sorted and filtered, as a table and as JSON")
  func list() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1")
    try folder.succeed("train \(TinyImages.options) --epochs 2 --model fully-connected-net --hidden 4")
    let table = try folder.succeed("runs").lines
    #expect(table.count == 3)
    #expect(table[0].hasPrefix("run ") && table[1].contains(/two-layer-net-1 +finished/))
    #expect(try folder.succeed("runs --sort name").lines[1].contains("fully-connected-net-1"))
    // A run with a non-finite loss is listed, too.
    var entry = RunEntry(.begin, time: 1, step: 0)
    entry.loss = .nan
    try folder.makeFolder(folder.path(of: "runs/odd"))
    try RunJournal(in: folder.path(of: "runs/odd")).add(entry)
    #expect(try folder.succeed("runs --json --filter odd").lines.first?.contains("\"loss\":\"NaN\"") == true)
    let json = try folder.succeed("runs --json --filter fully").lines
    #expect(json.count == 1 && json[0].contains("\"epoch\":2,"))
    #expect(json[0].contains("\"state\":\"finished\""))
  }

  @Test("begin another run like one, by its config.yaml, to the last bit of its seed")
  func configuration() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --seed 18446744073709551615 --out a")
    try folder.succeed("train --backend cpu --config a/config.yaml --out b")
    #expect(try folder.read("a/config.yaml") == folder.read("b/config.yaml"))
    #expect(try folder.checkpoint("a/last.safetensors") == folder.checkpoint("b/last.safetensors"))
  }

  @Test("write one page that needs no other file, and never over a file that somebody named")
  func report() throws {
    let folder = try TemporaryFolder()
    try TinyImages().write(to: folder)
    try folder.succeed("train \(TinyImages.options) --epochs 1 --out a")
    try folder.succeed("train \(TinyImages.options) --epochs 2 --out b")
    try folder.succeed("report a b --out both.html")
    let page = String(decoding: try folder.read("both.html"), as: UTF8.self)
    #expect(page.contains("<svg") && page.contains("2 runs"))
    #expect(!page.contains("src=\"http") && !page.contains("href=\"http"))
    try folder.expectRefusal("report a b --out both.html", code: 73, words: ["both.html exists already"])
    try folder.expectRefusal("report c", code: 66, words: ["c is no folder of a run"])
    try folder.expectRefusal("runs nothing", code: 66, words: ["nothing has no runs"])
  }
}
