"""Domain types to JSON, in the documented shapes of the command line, the store and the API."""

from dataclasses import asdict
from typing import Any

from assistant.advice import Advice, Citation
from assistant.assessment import Assessment
from assistant.reply import Reply
from assistant.screening import Escalation, Screening


def assessment_json(screening: Screening, assessment: Assessment | None) -> dict[str, Any]:
    """The fields of `twofold assess`, without the id."""
    return {
        "scope": screening.scope,
        "escalations": [{"id": e.id, "quote": e.quote} for e in screening.escalations],
        "leadership_share": assessment.leadership_share if assessment else None,
        "verdict": assessment.verdict if assessment else None,
        "confidence": assessment.confidence if assessment else None,
        "evidence": [asdict(e) for e in assessment.evidence] if assessment else [],
        "subdomains": list(assessment.subdomains) if assessment else [],
        "question": assessment.question if assessment else None,
    }


def screening_json(screening: Screening) -> dict[str, Any]:
    """Scope, reason, language and every escalation with its routes."""
    return {
        "scope": screening.scope,
        "reason": screening.reason,
        "english": screening.english,
        "escalations": [_escalation_json(e) for e in screening.escalations],
    }


def reply_json(reply: Reply, text: str) -> dict[str, Any]:
    """The fields of `twofold reply`, without the id; `text` is the reply as one readable text."""
    advice = reply.advice
    return {
        "kind": reply.kind,
        "assessment": assessment_json(reply.screening, reply.assessment),
        "screening": screening_json(reply.screening),
        "opening": reply.opening,
        "quotes": [
            {**_citation_json(q.citation), "page": q.page, "text": q.text} for q in reply.quotes
        ],
        "advice": _advice_json(advice) if advice else None,
        "question": reply.question,
        "citations": [
            _citation_json(c)
            for c in (*(q.citation for q in reply.quotes), *(advice.citations if advice else ()))
        ],
        "written_by": advice.written_by if advice else "embedded",
        "notice": reply.notice,
        "text": text,
    }


def _advice_json(advice: Advice) -> dict[str, Any]:
    return {
        "summary": advice.summary,
        "changed": advice.changed,
        "first": advice.first,
        "actions": [
            {**asdict(a), "citations": [_citation_json(c) for c in a.citations]}
            for a in advice.actions
        ],
        "avoid": list(advice.avoid),
    }


def _citation_json(citation: Citation) -> dict[str, str]:
    return {"id": citation.id, "title": citation.title, "heading": citation.heading}


def _escalation_json(escalation: Escalation) -> dict[str, Any]:
    return asdict(escalation)
