import Files
import FlyingSocks
import Foundation
import Runs

/// Server-sent events without end: one whenever a journal in a folder has changed its size, or a run has come or gone.
struct ChangeFeed: AsyncBufferedSequence {
  typealias Element = UInt8
  let folder: String

  func makeAsyncIterator() -> Iterator { Iterator(folder: folder) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    let folder: String
    private var known: [String: Int]?
    /// Looks since something was sent.
    private var quiet = 0

    private static let interval = Duration.milliseconds(200)
    /// After so many looks an empty comment shows whether anybody still listens.
    private static let patience = 50

    init(folder: String) { self.folder = folder }

    /// Of an event that is read byte by byte, what is left.
    private var rest: ArraySlice<UInt8> = []

    mutating func next() async throws -> UInt8? {
      if rest.isEmpty { rest = try await nextBuffer(suggested: 1)?[...] ?? [] }
      return rest.popFirst()
    }

    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
      while true {
        let now = sizes()
        if now != known {
          (known, quiet) = (now, 0)
          return Array("data: changed\n\n".utf8)
        }
        quiet += 1
        if quiet == Iterator.patience {
          quiet = 0
          return Array(":\n\n".utf8)
        }
        try await Task.sleep(for: Iterator.interval)
      }
    }

    private func sizes() -> [String: Int] {
      var sizes: [String: Int] = [:]
      for run in RunRecord.folders(in: folder) {
        sizes[run.name] = FolderListing.size(of: "\(run.path)/\(RunJournal.name)") ?? 0
      }
      return sizes
    }
  }
}
