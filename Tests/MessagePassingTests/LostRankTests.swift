import MessagePassing
import Testing

/// How a rank ends, as `rank-programs die` numbers it.
private enum Death: Int, CaseIterable {
  case killed, stopped, exited, trapped, announcing, endless, throwing
}

@Suite("A rank that is lost", .serialized, .enabled(if: Installed.missing == nil, Installed.missing))
struct LostRankTests {
  private func lose(_ ranks: Ranks, _ rank: Int, _ death: Death, areBusy: Bool, deadline: Int = 30) throws
    -> RankRun
  {
    try ranks.run(
      "die \(rank) \(death.rawValue) \(areBusy ? 1 : 0)", environment: ["DEADLINE": "\(deadline)"])
  }

  @Test(
    "is named by the others, once, when it is killed, exits or crashes", arguments: Ranks.of(3),
    [
      (0, Death.killed, false), (0, .killed, true), (2, .killed, false), (2, .killed, true),
      (1, .exited, false),
      (0, .exited, true), (1, .trapped, false), (2, .throwing, true),
    ])
  private func ends(ranks: Ranks, how: (rank: Int, death: Death, areBusy: Bool)) throws {
    let run = try lose(ranks, how.rank, how.death, areBusy: how.areBusy)
    #expect(run.code == 75)
    let sentence = try #require(run.sentences.first, "\(run.errors)")
    #expect(run.sentences.count == 1, "\(run.errors)")
    // Hydra sometimes kills all others before they are scheduled.
    if ranks.implementation == .mpich,
      sentence.hasPrefix("A rank ended by a signal, and MPICH's mpirun ended")
    {
      return
    }
    // Those that wait for it know the bucket; a rank may still be in the last of the step before.
    let pattern =
      #/Rank (\d) on \S+ ended during step 1[12](, bucket \d of 3)?; the last checkpoint is good: .*/#
    let match = try #require(try pattern.wholeMatch(in: sentence), "\(sentence)")
    #expect(match.output.1 == "\(how.rank)")
  }

  @Test(
    "is named when it is stopped, and does not keep the run from ending", arguments: Ranks.of(3),
    [(0, false), (0, true), (2, false), (2, true)])
  func stops(ranks: Ranks, how: (rank: Int, areBusy: Bool)) throws {
    let run = try lose(ranks, how.rank, .stopped, areBusy: how.areBusy)
    #expect(run.code == 75)
    let sentence = try #require(run.sentences.first, "\(run.errors)")
    #expect(run.sentences.count == 1, "\(run.errors)")
    #expect(sentence.hasPrefix("Rank \(how.rank) on "))
    #expect(sentence.contains("has not responded for 2 s during step 1"))
  }

  @Test("is named, once, when it is stopped before it has met the others", arguments: Ranks.of(3), [0, 1])
  func stopsAtTheStart(ranks: Ranks, rank: Int) throws {
    let run = try ranks.run(
      "sums 6 1000", environment: ["DEADLINE": "3", "STOPPED": "\(rank)"])
    #expect(run.code == 75)
    let sentence = try #require(run.sentences.first, "\(run.errors)")
    #expect(run.sentences.count == 1, "\(run.errors)")
    #expect(
      sentence.hasSuffix(" within 3 s: rank \(rank) is stopped; start all ranks again"),
      "\(sentence)")
  }

  @Test("says why itself if it can, and all end with its code", arguments: Ranks.of(3), [0, 2])
  func announces(ranks: Ranks, rank: Int) throws {
    for areBusy in [false, true] {
      let run = try lose(ranks, rank, .announcing, areBusy: areBusy)
      #expect(run.code == 70)
      #expect(
        run.sentences == ["The loss is nan after step 12; use a smaller learning rate"], "\(run.errors)")
    }
  }

  @Test("is named when it lives but sends nothing until the deadline", arguments: Ranks.of(2), [0, 1])
  func stalls(ranks: Ranks, rank: Int) throws {
    let run = try lose(ranks, rank, .endless, areBusy: false, deadline: 2)
    #expect(run.code == 75)
    let sentence = try #require(run.sentences.first, "\(run.errors)")
    #expect(run.sentences.count == 1, "\(run.errors)")
    #expect(sentence.contains("has waited 2 s for rank \(rank) on "))
    #expect(sentence.contains("during step 12, bucket 1 of 3"))
  }
}
