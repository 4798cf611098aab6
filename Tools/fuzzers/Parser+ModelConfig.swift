import Checkpoints
import Exchange

extension Parser {
  /// Weights are safetensors, which have a row of their own.
  static let modelConfig = Parser(
    name: "model-config", about: "config.json of a model of Hugging Face's transformers",
    words: [
      #""model_type""#, #""gpt2""#, #""llama""#, #""vit""#, #""bert""#, #""vocab_size""#, #""n_layer""#,
      #""hidden_size""#,
      #""num_hidden_layers""#, #""rope_parameters""#, #""id2label""#, #""image_size""#, "1e308", "16777216",
    ],
    seeds: {
      [
        #"{"model_type":"gpt2","vocab_size":9,"n_embd":4,"n_head":2,"n_layer":1,"n_positions":4,"n_inner":null}"#,
        #"{"model_type":"llama","vocab_size":9,"hidden_size":4,"num_attention_heads":2,"num_key_value_heads":1,"num_hidden_layers":1,"intermediate_size":3,"rope_parameters":{"rope_type":"default","rope_theta":1e4}}"#,
        #"{"model_type":"vit","hidden_size":4,"num_attention_heads":2,"num_hidden_layers":1,"image_size":[4,8],"patch_size":2,"id2label":{"0":"a","1":"b"}}"#,
        #"{"model_type":"bert","vocab_size":9,"hidden_size":4,"num_attention_heads":2,"num_hidden_layers":1,"id2label":{"0":"a"}}"#,
      ].map { Array($0.utf8) }
    },
    read: { bytes in
      let folder = try HuggingFaceFolder(config: bytes, path: "input")
      let names = try folder.classNames()
      let model =
        switch folder.modelType {
        case "vit": try HuggingFaceModel(folder.vit(), image: folder.imageShape(), classNames: names)
        case "bert": try HuggingFaceModel(folder.bert(), classNames: names)
        default: try HuggingFaceModel(folder.gpt())
        }
      demand((try? model.imported(Checkpoint(), path: "input")) == nil, "a model without weights is read")
    })
}
