import Foundation
import Runs
import TestSupport
import Testing

@Suite("lemnos watch")
struct WatchTests {
  /// A folder with one run, served by the program.
  private final class Served {
    let folder: TemporaryFolder
    let address: String
    private let command: Command

    init(host: String = "127.0.0.1") throws {
      folder = try TemporaryFolder()
      try folder.makeFolder(folder.path(of: "runs/one"))
      try RunJournal(in: folder.path(of: "runs/one")).add(RunEntry(.begin, time: 1, step: 0))
      command = try Command("watch --port 0 --host \(host)", in: folder)
      let words = try command.output(with: "(Ctrl-C ends it)\n").split(separator: " ")
      address = String(try #require(words.first { $0.hasPrefix("http://") }))
    }

    deinit { command.kill() }

    /// The response to a curl request: the status and the body.
    func get(_ path: String, _ options: String...) throws -> (status: Int, body: String) {
      try Self.curl(address + path, options)
    }

    static func curl(_ url: String, _ options: [String] = []) throws -> (status: Int, body: String) {
      let (process, pipe) = (Process(), Pipe())
      process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
      process.arguments = ["-s", "--path-as-is", "-w", "\n%{http_code}"] + options + [url]
      process.standardOutput = pipe
      try process.run()
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let end = try #require(text.lastIndex(of: "\n"))
      return (Int(text[text.index(after: end)...]) ?? 0, String(text[..<end]))
    }
  }

  @Test("shows the page, the runs, and a journal from any byte on")
  func answers() throws {
    let served = try Served()
    #expect(served.address.hasPrefix("http://127.0.0.1:"))
    #expect(try served.get("").body.contains("<title>Lemnos runs</title>"))
    let runs = try served.get("api/runs")
    #expect(runs.status == 200 && runs.body.contains("\"name\":\"one\""))
    let journal = try served.get("api/runs/one/journal")
    #expect(journal.body.hasSuffix("\"time\":1}\n"))
    #expect(try served.get("api/runs/one/journal?from=5").body == String(journal.body.dropFirst(5)))
    #expect(try served.get("api/runs/one/journal?from=9999999").body.isEmpty)
  }

  @Test(
    "answers nothing else",
    arguments: [
      "etc/passwd", "api/runs/two/journal", "api/runs/one/secret", "api/runs/one/../../../secret",
      "api/runs/%2e%2e/secret", "api/runs/one/..%2f..%2fsecret", "api/runs/one/last.safetensors",
    ])
  func nothingElse(path: String) throws {
    let served = try Served()
    for name in ["secret", "runs/secret", "runs/one/last.safetensors"] {
      try served.folder.write(Array("hidden".utf8), as: name)
    }
    let answer = try served.get(path)
    #expect(answer.status == 404)
    #expect(!answer.body.contains("hidden"))
  }

  @Test("follows no link out of a run's folder", arguments: ["config.yaml", "filters.png", "journal"])
  func links(name: String) throws {
    let served = try Served()
    try served.folder.write(Array("hidden".utf8), as: "secret")
    let run = served.folder.path(of: "runs/one")
    let file = name == "journal" ? RunJournal.name : name
    if name == "journal" { #expect(try served.get("api/runs/one/journal").status == 200) }
    try? FileManager.default.removeItem(atPath: "\(run)/\(file)")
    try served.folder.link("runs/one/\(file)", to: served.folder.path(of: "secret"))
    let answer = try served.get("api/runs/one/\(name)")
    #expect(answer.status == 404)
    #expect(!answer.body.contains("hidden"))
  }

  @Test("refuses other names of this machine, and other pages")
  func strangers() throws {
    let served = try Served()
    #expect(try served.get("api/runs", "-H", "Host: evil.example").status == 403)
    #expect(try served.get("api/runs", "-H", "Origin: http://evil.example").status == 403)
    #expect(try served.get("api/runs", "-X", "POST").status == 405)
    #expect(try served.get("api/runs", "-H", "Host: localhost:80").status == 200)
  }

  @Test("wants its token where others can call")
  func token() throws {
    let served = try Served(host: "0.0.0.0")
    let parts = served.address.split(separator: "?").map(String.init)
    #expect(parts.count == 2 && parts[1].hasPrefix("token="))
    let base = parts[0].replacingOccurrences(of: "0.0.0.0", with: "127.0.0.1")
    #expect(try Served.curl(base + "api/runs").status == 403)
    #expect(try Served.curl(base + "api/runs?token=wrong").status == 403)
    #expect(try Served.curl(base + "api/runs?" + parts[1]).status == 200)
  }

  @Test("tells of a journal that has grown")
  func changes() throws {
    let served = try Served()
    let (process, events) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
    process.arguments = ["-sN", served.address + "api/changes"]
    process.standardOutput = events
    try process.run()
    defer { process.terminate() }
    let event = "data: changed\n\n"
    #expect(
      String(decoding: events.fileHandleForReading.readData(ofLength: event.utf8.count), as: UTF8.self)
        == event)
    try RunJournal(in: served.folder.path(of: "runs/one")).add(RunEntry(.step, time: 2, step: 1))
    var text = ""
    while !text.contains(event) {
      let bytes = events.fileHandleForReading.readData(ofLength: 1)
      try #require(!bytes.isEmpty)
      text += String(decoding: bytes, as: UTF8.self)
    }
  }

  @Test("says in one sentence what it cannot listen on")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try folder.expectRefusal("watch --host nowhere", code: 64, words: ["'nowhere' is no IPv4 address"])
  }
}
