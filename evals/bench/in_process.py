"""Ingest, the encoder's own pass, retrieval and whole replies, in one process on one core.

Run by `python -m evals.bench`; prints one line of JSON.
"""

import json
from statistics import median

from evals.bench.machine import pin_to_one_core, resident_megabytes, seconds
from evals.bench.texts import SITUATION

WARM_UP = 20
ROUNDS = 200


def main() -> None:
    """Measure and print."""
    pin_to_one_core()
    from assistant.conversation import Conversation
    from assistant.factory import reading
    from assistant.render import as_text
    from assistant.reply_json import reply_json
    from assistant.settings import quieten_libraries, read_settings
    from knowledge.encoder import OnnxEncoder

    quieten_libraries()
    settings = read_settings()

    def fill() -> None:
        with reading(settings):
            pass

    ingest = seconds(fill)
    encoder = OnnxEncoder()
    conversation = Conversation.of(SITUATION)
    with reading(settings) as application:
        coach = application.coach

        def reply() -> None:
            made = coach.reply(conversation)
            reply_json(made, as_text(made))

        parts = {
            "encoder": lambda: encoder.encode([SITUATION]),
            "reply": reply,
            "retrieve": lambda: coach.retrieve(conversation, 20),
        }
        times: dict[str, list[float]] = {name: [] for name in parts}
        for _ in range(WARM_UP + ROUNDS):
            for name, part in parts.items():
                times[name].append(seconds(part))
    medians = {name: median(values[WARM_UP:]) for name, values in times.items()}
    print(json.dumps({**medians, "ingest": ingest, "resident": resident_megabytes()}))


if __name__ == "__main__":
    main()
