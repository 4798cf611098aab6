import Foundation
import Lemnos

// The cases that Tools/test-exchange compares with other frameworks.
//
//   exchange-cases                       lists the networks: those that come with Lemnos, and one of all operations
//   exchange-cases write NAME FOLDER     writes NAME.safetensors, a checkpoint; NAME.onnx and NAME.pytorch.safetensors,
//   made of
//                                        it; NAME.scores.safetensors, images and the scores that Lemnos gives them
//   exchange-cases score NAME FILE IMAGES OUT
//                                        writes the scores that the network with the checkpoint FILE gives the images in IMAGES
//   exchange-cases fit PICTURE CxHxW OUT
//                                        writes 'input', what a network that takes images of that size sees of a PNG or JPEG file

let arguments = Array(CommandLine.arguments.dropFirst())
let network = arguments.count > 1 ? ExchangeCase.all.first { $0.name == arguments[1] } : nil
switch (arguments.first, arguments.count, network) {
case (nil, _, _): for network in ExchangeCase.all { print(network.name) }
case ("write", 3, let network?): try network.write(to: arguments[2])
case ("score", 5, let network?):
  let images = try Checkpoint(contentsOf: arguments[3])
  let scores = try network.scores(of: images, by: Checkpoint(contentsOf: arguments[2]))
  try scores.write(to: arguments[4])
case ("fit", 4, nil):
  let sizes = arguments[2].split(separator: "x").compactMap { Int($0) }
  guard sizes.count == 3 else { fallthrough }
  let shape = ImageShape(channels: sizes[0], height: sizes[1], width: sizes[2])
  let pixels = try PictureFile.pixels(of: FilePath(arguments[1]), as: shape)
  try Checkpoint(tensors: ["input": TensorValues(pixels.map { Float($0) }, shape: Shape([1] + sizes))])
    .write(to: arguments[3])
default:
  let usage =
    "usage: exchange-cases [write NAME FOLDER | score NAME FILE IMAGES OUT | fit PICTURE CxHxW OUT]\n"
  FileHandle.standardError.write(Foundation.Data(usage.utf8))
  exit(64)
}
