import Files
import Pictures
import Reports
import Runs
import TestSupport
import Testing

@Suite("The journal of a run")
struct RunJournalTests {
  private func entry(_ event: RunEntry.Event, step: Int, loss: Double? = nil) -> RunEntry {
    var entry = RunEntry(event, time: 1_700_000_000 + Double(step), step: step)
    entry.loss = loss
    return entry
  }

  @Test("keeps what is added, line by line")
  func lines() throws {
    let folder = try TemporaryFolder()
    let journal = try RunJournal(in: folder.path)
    let entries = [
      entry(.begin, step: 0), entry(.step, step: 1, loss: 2.5), entry(.epoch, step: 7, loss: 1.25),
    ]
    for entry in entries { journal.add(entry) }
    #expect(RunJournal.entries(in: folder.path) == entries)
  }

  @Test("leaves out a line that was cut off, and lines of another kind")
  func tornLine() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/\(RunJournal.name)"
    let text =
      "{\"event\":\"begin\",\"step\":0,\"time\":1}\n{\"event\":\"dance\",\"time\":2}\n[]\n{\"event\":\"step\",\"st"
    try DurableFile.write([Array(text.utf8)], to: path)
    #expect(RunJournal.entries(in: folder.path).map(\.event) == [.begin])
  }

  @Test("keeps numbers that JSON does not have")
  func odd() throws {
    let folder = try TemporaryFolder()
    var entry = RunEntry(.step, time: 1, step: 3)
    (entry.loss, entry.learningRate, entry.gradientNorm) = (.nan, .infinity, -.infinity)
    try RunJournal(in: folder.path).add(entry)
    let read = try #require(RunJournal.entries(in: folder.path).first)
    #expect(read.loss?.isNaN == true)
    #expect(read.learningRate == .infinity && read.gradientNorm == -.infinity)
  }

  @Test("forgets what came after the checkpoint that a run goes on from")
  func resumption() throws {
    let folder = try TemporaryFolder()
    do {
      let journal = try RunJournal(in: folder.path)
      for step in 0..<10 { journal.add(entry(step == 0 ? .begin : .step, step: step)) }
    }
    let journal = try RunJournal(in: folder.path, goingOnFrom: 4)
    journal.add(entry(.resume, step: 4))
    #expect(RunJournal.entries(in: folder.path).compactMap(\.step) == [0, 1, 2, 3, 4, 4])
  }
}

@Suite("A run's record")
struct RunRecordTests {
  private func record(_ entries: [RunEntry], in folder: TemporaryFolder) throws -> RunRecord {
    let journal = try RunJournal(in: folder.path)
    for entry in entries { journal.add(entry) }
    return try #require(RunRecord(at: folder.path))
  }

  private func begin(process: Int) -> RunEntry {
    var begin = RunEntry(.begin, time: 10, step: 0)
    (begin.model, begin.parameters, begin.process) = ("two-layer-net", 42, process)
    return begin
  }

  @Test("is lost when nothing says that it ended and its process is gone", arguments: [Int(Int32.max), -1])
  func lost(process: Int) throws {
    let folder = try TemporaryFolder()
    #expect(try record([begin(process: process)], in: folder).state == .lost)
  }

  @Test("is what its last entry says")
  func states() throws {
    for (event, state) in [
      (RunEntry.Event.end, RunRecord.State.finished), (.stop, .stopped), (.failure, .failed),
    ] {
      let folder = try TemporaryFolder()
      let run = try record([begin(process: 1), RunEntry(event, time: 12, step: 3)], in: folder)
      #expect(run.state == state)
      #expect((run.model, run.parameters, run.step, run.seconds) == ("two-layer-net", 42, 3, 2))
    }
  }

  @Test("takes the best accuracy of all epochs, held-out images before others")
  func accuracy() throws {
    let folder = try TemporaryFolder()
    let epochs = [0.5, 0.75, 0.625].enumerated().map { number, accuracy in
      var epoch = RunEntry(.epoch, time: 20 + Double(number), step: number)
      (epoch.epoch, epoch.validation, epoch.training) = (number + 1, ["accuracy": accuracy], ["accuracy": 1])
      return epoch
    }
    var begin = begin(process: 1)
    (begin.monitored, begin.higherIsBetter) = ("accuracy", true)
    let run = try record([begin] + epochs, in: folder)
    #expect(run.best == 0.75 && run.best("accuracy") == 0.75 && run.metrics == ["accuracy"])
    #expect(run.epoch == 3)
  }

  @Test(
    "makes a report, whatever its numbers are",
    arguments: ["\"NaN\"", "\"Infinity\"", "-1e308", "1e308", "9.3e14", "1e19", "5e-324", "0"])
  func wildNumbers(number: String) throws {
    let folder = try TemporaryFolder()
    let fields = ["loss", "examplesPerSecond", "learningRate", "gradientNorm"]
    let measured = ["training", "validation", "test"].map { "\"\($0)\":{\"rmse\":\(number)}" }
    let values = (fields.map { "\"\($0)\":\(number)" } + ["\"monitored\":\"rmse\""] + measured)
      .joined(separator: ",")
    let lines = ["step", "epoch", "step", "end"].enumerated().map { index, event in
      "{\"event\":\"\(event)\",\"step\":\(index),\"time\":\(index == 2 ? number : "7"),\(values)}\n"
    }
    try DurableFile.write([Array(lines.joined().utf8)], to: "\(folder.path)/\(RunJournal.name)")
    let run = try #require(RunRecord(at: folder.path))
    #expect(run.entries.count == 4)
    #expect(Report(of: [run, run]).html.contains("</html>"))
  }

  @Test("shows pictures of any size as the page has room for them")
  func tallPicture() throws {
    let folder = try TemporaryFolder()
    try RunJournal(in: folder.path).add(RunEntry(.begin, time: 0))
    let picture = Picture(width: 1, height: 40_000, channels: 1, pixels: [UInt8](repeating: 9, count: 40_000))
    try DurableFile.write([picture.png], to: "\(folder.path)/\(RunFiles.filters)")
    let run = try #require(RunRecord(at: folder.path))
    let pictures = Report(of: [run]).sections.flatMap(\.blocks).flatMap { block -> [Report.Figure] in
      if case .figures(let figures) = block { figures } else { [] }
    }
    #expect(pictures.map(\.content) == [.picture(picture)])
  }

  @Test("is found in a folder of runs, in the order of their beginnings, and nothing else is")
  func listing() throws {
    let folder = try TemporaryFolder()
    for (name, time) in [("b", 1.0), ("a", 2.0), ("c", 0.0)] {
      try folder.makeFolder("\(folder.path)/\(name)")
      try RunJournal(in: "\(folder.path)/\(name)").add(RunEntry(.begin, time: time))
    }
    try folder.makeFolder("\(folder.path)/empty")
    #expect(RunRecord.all(in: folder.path).map(\.name) == ["c", "b", "a"])
    #expect(RunRecord.all(in: "\(folder.path)/a/").map(\.name) == ["a"])
    #expect(RunRecord.all(in: "\(folder.path)/none").isEmpty)
  }
}
