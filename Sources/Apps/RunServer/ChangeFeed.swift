import Files
import FlyingSocks
import Foundation
import Runs

/// An endless stream of server-sent events: one whenever a journal in a folder changes size, or a run appears
/// or disappears.
struct ChangeFeed: AsyncBufferedSequence {
  typealias Element = UInt8
  let folder: String

  func makeAsyncIterator() -> Iterator { Iterator(folder: folder) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    let folder: String
    private var known: [String: Int]?
    /// Polls since the last event.
    private var quiet = 0

    private static let interval = Duration.milliseconds(200)
    /// After so many polls an empty comment detects a closed connection.
    private static let patience = 50

    init(folder: String) { self.folder = folder }

    /// The unread rest of an event that is read byte by byte.
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
