import EventFormat
import FoundationEssentials
import ONNXFormat
import Reports
import Runs
import SwiftProtobuf

extension Parser {
  static let journal = Parser(
    name: "journal", about: "metrics.jsonl, and the report of the run",
    words: [
      "\"event\":\"begin\"", "\"event\":\"resume\"", "\"event\":\"step\"", "\"event\":\"epoch\"",
      "\"event\":\"end\"",
      "\"event\":\"stop\"", "\"event\":\"failure\"", "\"loss\":", "\"examplesPerSecond\":", "\"step\":",
      "\"time\":",
      "\"validation\":{", "\"accuracy\":", "\"learningRate\":", "\"gradientNorm\":", "1e308", "-1e308",
      "5e-324",
      "<script>",
    ], seeds: { [Array(lines.utf8)] },
    read: { bytes in
      guard let run = RunRecord(RunJournal.entries(of: bytes), at: "runs/input") else { throw NoRun() }
      let html = Report(of: [run]).html
      demand(!html.contains("<script>"), "a journal's text is part of the page's code")
    })

  private struct NoRun: Error {}

  private static let lines = """
    {"backend":"CPU","data":"mnist","epochs":2,"event":"begin","model":"a <script> & b","parameters":1290,"process":1,\
    "step":0,"steps":4,"time":1700000000.5}
    {"epoch":1,"event":"step","examplesPerSecond":2500.5,"learningRate":0.01,"loss":2.302585,"memory":31457280,"step":1,\
    "time":1700000001}
    {"bestEpoch":1,"epoch":1,"event":"epoch","gradientNorm":0.5,"loss":1.5,"parameterNorm":3,"step":2,"time":1700000002,\
    "training":{"accuracy":0.5},"validation":{"accuracy":0.25}}
    {"event":"end","message":"it is done","step":4,"test":{"accuracy":0.75,"loss":1e-05},"time":1700000003}

    """

  /// Lemnos only writes these two formats: the readers here are those of other programs and of the tests.
  static let protocolBuffers = [
    Parser(
      name: "events", about: "messages of TensorBoard's event files",
      seeds: {
        var event = TensorBoardEvent()
        (event.wallTime, event.step) = (1_700_000_000.5, 3)
        var values = (0..<4).map { _ in TensorBoardSummary.Value() }
        values[0].simpleValue = 0.5
        (values[1].image.width, values[1].image.encodedImageString) = (2, Data([1, 2, 3]))
        values[2].histo.bucket = [1, 2]
        (values[2].histo.bucketLimit, values[2].histo.max) = ([0, 1], 1)
        values[3].tensor.stringVal = [Data("text".utf8)]
        values[3].metadata.pluginData.pluginName = "text"
        for index in values.indices { values[index].tag = "tag\(index)" }
        event.summary.value = values
        return [try event.serializedBytes()]
      }, read: { try readMessage(TensorBoardEvent.self, $0) }),
    Parser(
      name: "onnx", about: "ONNX models",
      seeds: {
        var model = ONNXModelProto()
        model.irVersion = 8
        model.graph.name = "net"
        var node = ONNXNodeProto()
        (node.opType, node.input, node.output) = ("Relu", ["x"], ["y"])
        node.attribute = [.with { ($0.name, $0.i) = ("axis", 1) }]
        model.graph.node = [node]
        model.graph.initializer = [.with { ($0.name, $0.dims, $0.rawData) = ("w", [2], Data([0, 0, 0, 1])) }]
        return [try model.serializedBytes()]
      }, read: { try readMessage(ONNXModelProto.self, $0) }),
  ]

  private static func readMessage<M: Message>(_ type: M.Type, _ bytes: [UInt8]) throws {
    let written: [UInt8] = try M(serializedBytes: bytes).serializedBytes()
    let copy: [UInt8] = try M(serializedBytes: written).serializedBytes()
    demand(copy == written, "what is written of a message is another one")
  }
}
