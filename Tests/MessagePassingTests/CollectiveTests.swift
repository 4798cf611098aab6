import Foundation
import MessagePassing
import Testing

/// Serialized, because ranks would wait for one another longer than they compute.
@Suite("Ranks of a launcher", .serialized, .enabled(if: Installed.missing == nil, Installed.missing))
struct CollectiveTests {
  @Test("know how many they are and who is near", arguments: Ranks.of(1, 2, 3))
  func who(ranks: Ranks) throws {
    let run = try ranks.run("who")
    #expect(run.code == 0, "\(run.errors)")
    // Launchers may put ends of lines elsewhere.
    for rank in 0..<ranks.count {
      #expect(
        run.output.contains("\(rank) of \(ranks.count), local \(rank) of \(ranks.count)"), "\(run.output)")
    }
    #expect(run.output.contains("ok"))
  }

  // None, fewer than ranks, less than a slice for each, odd numbers, one round and two, several messages.
  private static let sizes = "0 1 2 3 17 1000 16384 40001 600001"

  @Test(
    "add up buckets with the bits of one process", arguments: Ranks.of(1, 2, 3, 4, 8),
    [24, 13].map { "sums \($0) \(sizes)" })
  func sums(ranks: Ranks, line: String) throws {
    // Eight ranks on two cores, with sizes that take longest.
    let line = ranks.count == 8 ? line.replacing(" 600001", with: "") : line
    try ranks.succeed(line)
  }

  @Test("add them so in either number of rounds", arguments: Ranks.of(3, 4), [0, 100_000_000])
  func rounds(ranks: Ranks, limit: Int) throws {
    try ranks.succeed("sums 12 0 1 5 1000 300001", environment: ["ONE_ROUND": "\(limit)"])
  }

  @Test("round each sum to bfloat16 with the bits of one process", arguments: Ranks.of(1, 2, 3, 4))
  func rounded(ranks: Ranks) throws {
    try ranks.succeed("rounded 13 0 1 3 17 1000 40001 300001")
  }

  @Test("may have many buckets under way, and wait for them in any order", arguments: Ranks.of(2, 3, 4))
  func overlap(ranks: Ranks) throws {
    try ranks.succeed("overlap 12 7 30000 300001 50000 17 100000 0 262144")
  }

  @Test("send, gather and broadcast bytes of all lengths", arguments: Ranks.of(1, 2, 3, 4))
  func bytes(ranks: Ranks) throws {
    try ranks.succeed("bytes")
  }

  @Test("measure their messages", arguments: Ranks.of(3))
  func measure(ranks: Ranks) throws {
    let run = try ranks.run("measure 50")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("rank 0 to 1 by shared memory: "), "\(run.output)")
    #expect(run.output.contains("rank 0 to 2 by shared memory: "))
    #expect(run.output.contains(ranks.implementation.rawValue))
  }

  @Test("agree on settings", arguments: Ranks.of(3))
  func agreement(ranks: Ranks) throws {
    try ranks.succeed("agree -1")
  }

  @Test("hear which of them differs", arguments: Ranks.of(3))
  func disagreement(ranks: Ranks) throws {
    let run = try ranks.run("agree 1")
    #expect(run.code == 65)
    let sentence = try #require(run.sentences.first)
    #expect(run.sentences.count == 1, "\(run.errors)")
    #expect(
      sentence.wholeMatch(of: #/Rank 1 on \S+ was given seed 232 where rank 0 on \S+ has 231; .*/#) != nil)
  }

  @Test("get standard input, rank 0, and Ctrl-C, each once", arguments: Ranks.of(3))
  func passing(ranks: Ranks) throws {
    #expect(try ranks.run("input", input: "a\nb\n").output == "read a\nread b\nok\n")
    let run = try ranks.run("signals", signal: (SIGINT, "ready"))
    #expect(run.code == 0, "\(run.errors)")
    for rank in 0..<3 { #expect(run.output.contains("rank \(rank) got 1"), "\(run.output)") }
    #expect(run.output.contains("ok"))
  }
}
