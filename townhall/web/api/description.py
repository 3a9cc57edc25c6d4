"""The API described by OpenAPI 3.1, at a fixed address."""

from importlib.metadata import version
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from townhall.domain.lenses import Lens
from townhall.web.api import bp
from townhall.web.context import settings

_TEXT: dict[str, Any] = {"type": "string"}
_WHOLE: dict[str, Any] = {"type": "integer"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_WEEKDAY: dict[str, Any] = {"enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
_NUMBERS: dict[str, Any] = {"type": "array", "items": {"type": "integer"}}
_CLOCKS: dict[str, Any] = {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What is wrong, in one sentence (RFC 9457).",
    "required": ["title", "status", "code"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": _WHOLE,
        "code": _TEXT,
        "field": {"type": "string", "description": "The path of the field at fault."},
    },
}

_SEAT: dict[str, Any] = {
    "type": "object",
    "required": ["name", "zone"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "zone": {"type": "string", "examples": ["Africa/Kinshasa"]},
        "country": {"type": "string", "examples": ["CD"]},
        "region": _TEXT,
        "people": {"type": "integer", "minimum": 0, "default": 1},
        "weight": {"type": "integer", "minimum": 1, "maximum": 100, "default": 1},
        "ledger": {"type": "integer", "minimum": 0, "default": 0},
        "required": {"type": "boolean", "default": True},
        "everywhere": {"type": "boolean", "default": False},
        "rest_days": {"type": "array", "items": _WEEKDAY},
        "holidays": {"type": "array", "items": {"type": "string", "format": "date"}},
        "extra_holidays": {"type": "array", "items": {"type": "string", "format": "date"}},
        "struck_holidays": {"type": "array", "items": {"type": "string", "format": "date"}},
        "never": {"type": "array", "items": _CLOCKS},
        "busy": {"type": "array", "items": _CLOCKS},
        "bands": {"$ref": "#/components/schemas/Bands"},
        "answers": {
            "type": "object",
            "additionalProperties": {"enum": ["yes", "if-need-be", "no"]},
        },
    },
}

_PLAN: dict[str, Any] = {
    "type": "object",
    "required": ["minutes", "seats"],
    "oneOf": [{"required": ["from", "until"]}, {"required": ["occurrences"]}],
    "additionalProperties": False,
    "properties": {
        "minutes": {"type": "integer", "minimum": 15, "maximum": 720, "multipleOf": 15},
        "from": _MOMENT,
        "until": _MOMENT,
        "top": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10},
        "sittings": {"type": "integer", "minimum": 1, "maximum": 12, "default": 1},
        "occurrences": {
            "type": "array",
            "description": "Of a series, in place of from and until.",
            "minItems": 1,
            "maxItems": 520,
            "items": {
                "type": "object",
                "required": ["from", "until"],
                "additionalProperties": False,
                "properties": {"from": _MOMENT, "until": _MOMENT},
            },
        },
        "apart_days": {"type": "integer", "minimum": 0, "maximum": 366},
        "distinct_times": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": 1440,
            "default": 3,
        },
        "clock": {"type": "string", "default": "UTC", "examples": ["Europe/Zurich"]},
        "weekdays": {"type": "array", "minItems": 1, "items": _WEEKDAY},
        "time_limit_s": {
            "type": "number",
            "description": "Seconds; here the search ends after ten at the latest.",
            "exclusiveMinimum": 0,
            "maximum": 3600,
            "default": 10,
        },
        "bands": {"$ref": "#/components/schemas/Bands"},
        "seats": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/components/schemas/Seat"},
        },
    },
    "examples": [
        {
            "minutes": 60,
            "from": "2026-12-09T00:00Z",
            "until": "2026-12-10T00:00Z",
            "seats": [
                {"name": "New York", "zone": "America/New_York", "country": "US"},
                {"name": "Kinshasa", "zone": "Africa/Kinshasa", "country": "CD"},
            ],
        }
    ],
}

_NOTHING_FITS: dict[str, Any] = {
    "type": ["object", "null"],
    "description": "Why nothing fits; null while there is an option.",
    "required": ["ruled_out", "starts_without", "relax"],
    "properties": {
        "ruled_out": {"type": "object", "additionalProperties": _WHOLE},
        "starts_without": {"type": "object", "additionalProperties": _WHOLE},
        "relax": {
            "type": "array",
            "description": "All smallest sets of seats whose becoming optional leaves a start.",
            "items": {"type": "array", "items": _TEXT},
        },
        "occurrence": {**_WHOLE, "description": "Of a series: which one has no start, from 0."},
        "fields": {
            "type": "array",
            "description": (
                "Of a series: all smallest sets of fields that leave one if they are lifted "
                "together; occurrences alone where only other windows would."
            ),
            "items": {
                "type": "array",
                "items": {
                    "enum": ["weekdays", "distinct_times", "apart_days", "seats", "occurrences"]
                },
            },
        },
        "complete": {
            "type": "boolean",
            "description": (
                "Of a series or several sittings: whether there was time to look for everything "
                "that would help."
            ),
        },
        "why": {**_TEXT, "description": "Of a series: what is in the way, in sentences."},
    },
}

_SCHEMAS: dict[str, Any] = {
    "Problem": _PROBLEM,
    "Seat": _SEAT,
    "Plan": _PLAN,
    "Bands": {
        "type": "array",
        "description": "Cover the day once: start, end, points from 0 to 100.",
        "items": {"type": "array", "minItems": 3, "maxItems": 3},
    },
    "PlanAnswer": {
        "type": "object",
        "required": ["tz_release", "starts", "feasible", "options", "nothing_fits"],
        "properties": {
            "tz_release": _TEXT,
            "starts": _WHOLE,
            "feasible": _WHOLE,
            "options": {"type": "array", "items": {"type": "object"}},
            "nothing_fits": _NOTHING_FITS,
            "sittings": {
                "type": ["object", "null"],
                "description": "Of several sittings; there is an option for each.",
                "required": ["starts", "worst_first", "people_points", "own", "status", "bound"],
                "properties": {
                    "starts": {"type": "array", "items": _MOMENT},
                    "worst_first": _NUMBERS,
                    "people_points": _WHOLE,
                    "own": {
                        "type": "object",
                        "additionalProperties": {
                            "oneOf": [{"type": ["integer", "null"]}, _NUMBERS],
                        },
                    },
                    "status": {"enum": ["optimal", "bounded"]},
                    "bound": {**_WHOLE, "description": "No set has a smaller worst ledger."},
                },
            },
            "series": {
                "type": ["object", "null"],
                "description": "Of a series; there is an option for each occurrence.",
                "required": ["starts", "ledgers", "worst_first", "status", "bound", "seconds"],
                "properties": {
                    "starts": {"type": "array", "items": _MOMENT},
                    "ledgers": {"type": "object", "additionalProperties": _WHOLE},
                    "worst_first": _NUMBERS,
                    "people_points": _WHOLE,
                    "inequality": {
                        "type": "string",
                        "description": "The Gini index of the ledgers, exactly: 0, or as 4/11.",
                    },
                    "status": {"enum": ["optimal", "bounded"]},
                    "bound": _WHOLE,
                    "seconds": {"type": "number"},
                },
            },
            "lenses": {
                "type": "object",
                "description": "By name, and only of the lenses that were asked for.",
                "propertyNames": {"enum": list(Lens)},
                "additionalProperties": {"$ref": "#/components/schemas/LensView"},
            },
        },
    },
    "LensView": {
        "type": "object",
        "required": ["value", "starts", "best"],
        "properties": {
            "value": {"type": ["integer", "null"]},
            "starts": _WHOLE,
            "best": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["start", "rank", "worst", "worst_off", "total", "working"],
                    "properties": {
                        "start": {"type": "string", "format": "date-time"},
                        "rank": {"type": "integer", "description": "Place in the fair order."},
                        "worst": _WHOLE,
                        "worst_off": {"type": "array", "items": _TEXT},
                        "total": _WHOLE,
                        "working": _WHOLE,
                        "attending": _WHOLE,
                        "inequality": {"type": "string", "examples": ["16/27"]},
                    },
                },
            },
        },
    },
    "Index": {
        "type": "object",
        "required": ["title", "version", "links"],
        "properties": {
            "title": _TEXT,
            "version": _TEXT,
            "links": {
                "type": "object",
                "required": ["description", "plans", "turns"],
                "additionalProperties": {"type": "string", "format": "uri"},
            },
        },
    },
    "Turns": {
        "type": "object",
        "description": "One instant of an event, as docs/questions.md explains it.",
        "required": ["questions"],
        "properties": {
            "questions": {"type": "array", "items": {"type": "object"}},
            "blocks": {"type": "array", "items": {"type": "object"}},
            "proxies": {"type": "array", "items": {"type": "object"}},
            "params": {"type": "object"},
            "site_weights": {"type": "object"},
            "history": {"type": "array"},
        },
    },
    "TurnsAnswer": {
        "type": "object",
        "required": ["next", "order", "levels", "reasons"],
        "properties": {
            "next": {"type": ["string", "integer", "null"]},
            "order": {"type": "array"},
            "levels": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
            "reasons": {"type": "object", "additionalProperties": _TEXT},
        },
    },
}

_LENS: dict[str, Any] = {
    "name": "lens",
    "in": "query",
    "description": "Another way to look, beside the fair order: a name, or a name and a number.",
    "schema": {
        "type": "array",
        "items": {"type": "string", "pattern": f"^({'|'.join(Lens)})(=[0-9]{{1,16}})?$"},
    },
    "example": ["ceiling=8", "trade-off"],
}


def _operation(summary: str, asked: str, answered: str) -> dict[str, Any]:
    """Return the description of one document-in, answer-out operation."""

    def body(kind: str, schema: str) -> dict[str, Any]:
        return {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}

    problem = body("application/problem+json", "Problem")
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": body("application/json", asked)},
        "responses": {
            "200": {"description": "The answer.", "content": body("application/json", answered)},
            "413": {"description": "The document is too large.", "content": problem},
            "422": {"description": "The document is at fault.", "content": problem},
            "429": {"description": "Too often; Retry-After tells when.", "content": problem},
        },
    }


@bp.get("", strict_slashes=False)
def index() -> ResponseReturnValue:
    """Return where everything of this API is, its description first."""
    base = f"{settings().base_url}/api/v1"
    parts = {"description": "openapi.json", "plans": "plans", "turns": "turns"}
    response = jsonify(
        {
            "title": "townhall",
            "version": version("townhall"),
            "links": {name: f"{base}/{path}" for name, path in parts.items()},
        }
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Return the description of this API."""
    found = {
        "openapi": "3.1.0",
        "info": {
            "title": "townhall",
            "version": version("townhall"),
            "description": "Fair hours and fair turns; nothing that is posted here is kept.",
        },
        "servers": [{"url": f"{settings().base_url}/api/v1"}],
        "paths": {
            "/": {
                "get": {
                    "summary": "List the addresses of this API",
                    "responses": {
                        "200": {
                            "description": "The addresses.",
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/Index"}
                                }
                            },
                        }
                    },
                }
            },
            "/plans": {
                "parameters": [_LENS],
                "post": _operation("Rank the starts of a planning document", "Plan", "PlanAnswer"),
            },
            "/turns": {"post": _operation("Say which question is next", "Turns", "TurnsAnswer")},
        },
        "components": {"schemas": _SCHEMAS},
    }
    response = jsonify(found)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
