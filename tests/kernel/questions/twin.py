"""The slow, plain twin of `check`: written from docs/guides/packs.md, on the plain document, without the library.

No regular expressions, no types, no cleverness. Where the library and this disagree, one of them is wrong.
"""

import datetime as dt

WHITE = set(" \t\n\r\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff") | {chr(n) for n in range(0x2000, 0x200B)}


def check(document, answers, at):
    """(answers, dropped, page ids, question ids, problems as (question id, code, values))"""
    problems = []
    asked = {q["id"] for s in document["sections"] for p in s["pages"] for q in p["questions"]}
    if not isinstance(answers, dict):
        problems.append(("", "wrong_shape", {}))
        answers = {}
    elif not all(isinstance(key, str) for key in answers):
        problems.append(("", "wrong_shape", {}))
    if any(isinstance(key, str) and key not in asked for key in answers):
        problems.append(("", "not_a_question", {}))
    counted, good, dropped, pages, questions = {}, {}, {}, [], []
    for section in document["sections"]:
        for page in section["pages"]:
            before = dict(counted)
            page_holds = condition_holds(page.get("show_when"), before)
            for question in page["questions"]:
                answer, flaws = read_answer(question, answers.get(question["id"]))
                if not (page_holds and condition_holds(question.get("show_when"), before)):
                    if answer:
                        dropped[question["id"]] = answer
                    continue
                if page["id"] not in pages:
                    pages.append(page["id"])
                questions.append(question["id"])
                if not answer and not flaws and question.get("required"):
                    flaws = [("missing", {})]
                if answer:
                    counted[question["id"]] = answer
                    if in_future(question, answer, at):
                        flaws = [("date_in_future", {})]
                if answer and not flaws:
                    good[question["id"]] = answer
                problems += [(question["id"], code, values) for code, values in flaws]
    return good, dropped, pages, questions, problems


def condition_holds(condition, given):
    if condition is None:
        return True
    if "all" in condition:
        return all(condition_holds(part, given) for part in condition["all"])
    if "any" in condition:
        return any(condition_holds(part, given) for part in condition["any"])
    if "not" in condition:
        return not condition_holds(condition["not"], given)
    answer = given.get(condition["question"], {})
    if "answered" in condition:
        return "value" in answer
    value = answer.get("value", [])
    chosen = value if isinstance(value, list) else [value]
    return any(one in condition["in"] for one in chosen)


def read_answer(question, answer):
    """(the answer if it counts, what is wrong with it)"""
    if answer is None:
        return None, []
    if not isinstance(answer, dict) or not answer:
        return None, [("wrong_shape", {})]
    if "unknown" in answer:
        if answer["unknown"] is not True or set(answer) - {"unknown", "value", "provenance"}:
            return None, [("wrong_shape", {})]
        if len(answer) > 1:
            return None, [("value_and_unknown", {})]
        return ({"unknown": True}, []) if question.get("allow_unknown") else (None, [("unknown_not_allowed", {})])
    if "value" not in answer or set(answer) - {"value", "provenance"}:
        return None, [("wrong_shape", {})]
    flaws = []
    if "provenance" in answer and answer["provenance"] not in ["first_hand", "reported", "inferred"]:
        flaws = [("not_a_provenance", {})]
    if answer["value"] is None:
        return None, flaws
    value, wrong = READ[question["type"]](question, answer["value"])
    if wrong or flaws or value is None:
        return None, wrong + flaws
    return {**answer, "value": value}, []


def text(limit):
    def read(question, value):
        most = question.get("max_length", limit)
        if not isinstance(value, str):
            return None, [("wrong_shape", {})]
        if len(value) > most:
            return None, [("too_long", {"max": most, "length": len(value)})]
        if any(unusable(sign) for sign in value):
            return None, [("unusable_characters", {})]
        return trim(value) or None, []

    return read


def line_of(limit, fits, code, normal=lambda value: value):
    def read(question, value):
        value, wrong = text(limit)(question, value)
        if wrong or value is None:
            return None, wrong
        return (normal(value), []) if fits(value) else (None, [(code, {})])

    return read


def one_line(question, value):
    value, wrong = text(200)(question, value)
    return value.replace("\n", " ") if value else None, wrong


def unusable(sign):
    code = ord(sign)
    return (code < 32 and sign not in "\t\n\r") or 127 <= code <= 159 or 0xD800 <= code <= 0xDFFF


def trim(value):
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    while value and value[0] in WHITE:
        value = value[1:]
    while value and value[-1] in WHITE:
        value = value[:-1]
    return value


def is_email(value):
    name, at, host = value.partition("@")
    labels = host.split(".")
    bad = WHITE | set('@<>()[]\\,;:"')
    if not at or not 1 <= len(name) <= 64 or bad & set(name):
        return False
    return len(labels) > 1 and all(labels) and not (bad | {"/"}) & set(host) and 2 <= len(labels[-1]) <= 63


def is_phone(value):
    ends = [(value, "")] + [(value[:cut], value[cut:]) for cut in range(len(value))]
    return any(is_number(main) and (not rest or is_extension(rest)) for main, rest in ends)


def is_number(main):
    main = main.removesuffix(")")
    for start in ("(+", "+", ""):
        if main.startswith(start):
            main = main[len(start) :]
            break
    digits = [sign for sign in main if sign in "0123456789"]
    return set(main) <= set("0123456789 ().-/") and main[-1:] in digits and 5 <= len(digits) <= 15


def is_extension(rest):
    rest = rest.lstrip(" ").lower()
    for start in ("ext.", "ext", "x"):
        if rest.startswith(start):
            digits = rest[len(start) :].lstrip(" ")
            return 1 <= len(digits) <= 6 and all(sign in "0123456789" for sign in digits)
    return False


def is_postcode(value):
    plain = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    return 2 <= len(value) <= 12 and set(value) <= plain | {" ", "-"} and value[0] in plain and value[-1] in plain


def is_web_address(value):
    scheme, mark, rest = value.partition("://")
    schemes = {"http", "https", "ftp", "tg", "ipfs"} | {
        f"{a}{b}{c}p{s}" for a in "h" for b in "tx" for c in "tx" for s in ("", "s")
    }
    if mark and scheme.isascii() and scheme.lower() in schemes:
        return is_web_rest(rest, bare=False)
    return is_web_rest(value, bare=True)


def is_web_rest(value, *, bare):
    if any(sign in WHITE or unusable(sign) for sign in value):
        return False
    end = min([value.index(sign) for sign in "/?#" if sign in value] or [len(value)])
    place, tail = value[:end], value[end:]
    if set('<>"') & set(tail):
        return False
    if not bare and "@" in place:
        _, _, place = place.partition("@")
    if not bare and place.startswith("["):
        inside, closed, after = place[1:].partition("]")
        if closed and inside and set(inside) <= set("0123456789abcdefABCDEF:."):
            return after_host(after)
    host, colon, port = place.partition(":")
    if colon and not is_port(port):
        return False
    labels = host.replace("[.]", ".").split(".")
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    return all(label and not set('/?#@:[]<>"') & set(label) for label in labels) and len(labels) > int(bare)


def after_host(after):
    after = after.removeprefix("[.]") if after.startswith("[.]") else after.removeprefix(".")
    return not after or (after[0] == ":" and is_port(after[1:]))


def is_port(port):
    return 1 <= len(port) <= 5 and all(sign in "0123456789" for sign in port)


def choice(question, value):
    if not isinstance(value, str):
        return None, [("wrong_shape", {})]
    if value == "":
        return None, []
    return (value, []) if value in ids(question) else (None, [("not_a_choice", {})])


def choices(question, value):
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None, [("wrong_shape", {})]
    if len(value) > len(ids(question)):
        return None, [("too_many", {"max": len(ids(question))})]
    if any(one not in ids(question) for one in value):
        return None, [("not_a_choice", {})]
    return [one for one in ids(question) if one in value] or None, []


def ids(question):
    return [choice["id"] for choice in question["choices"]]


def whole(value):
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def date(question, value):
    if not isinstance(value, dict) or set(value) - {"year", "month", "day"}:
        return None, [("wrong_shape", {})]
    year, month, day = (value.get(part) for part in ("year", "month", "day"))
    if (year, month, day) == (None, None, None):
        return None, []
    refused = None, [("not_a_date", {})]
    if not all(part is None or whole(part) for part in (year, month, day)):
        return refused
    if year is None or not 1900 <= year <= 2199:
        return refused
    if not question.get("partial") and (month is None or day is None):
        return refused
    if month is None:
        return refused if day is not None else ({"year": int(year), "month": None, "day": None}, [])
    if not 1 <= month <= 12:
        return refused
    leap = year % 400 == 0 or (year % 4 == 0 and year % 100 != 0)
    last = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][int(month) - 1]
    if day is not None and not 1 <= day <= last:
        return refused
    return {"year": int(year), "month": int(month), "day": None if day is None else int(day)}, []


def in_future(question, answer, at):
    if question["type"] != "date" or question.get("allow_future") or "value" not in answer:
        return False
    value = answer["value"]
    return dt.date(value["year"], value["month"] or 1, value["day"] or 1) > at


def age(question, value):
    if not isinstance(value, dict) or set(value) - {"years", "estimated"}:
        return None, [("wrong_shape", {})]
    if not isinstance(value.get("estimated", False), bool):
        return None, [("wrong_shape", {})]
    if value.get("years") is None:
        return None, []
    if not whole(value["years"]) or not 0 <= value["years"] <= 120:
        return None, [("not_an_age", {"min": 0, "max": 120})]
    return {"years": int(value["years"]), "estimated": value.get("estimated", False)}, []


def web_addresses(question, value):
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None, [("wrong_shape", {})]
    if len(value) > 50:
        return None, [("too_many", {"max": 50})]
    flaws = []
    for number, one in enumerate(value, start=1):
        if len(one) > 2048:
            flaws.append(("too_long", {"max": 2048, "length": len(one), "line": number}))
        elif trim(one) and not is_web_address(trim(one)):
            flaws.append(("not_a_web_address", {"line": number}))
    if flaws:
        return None, flaws
    return [trim(one) for one in value if trim(one)] or None, []


def files(question, value):
    if not isinstance(value, list):
        return None, [("wrong_shape", {})]
    if len(value) > 50:
        return None, [("too_many", {"max": 50})]
    wrong = [("not_a_file", {"line": number}) for number, one in enumerate(value, start=1) if not is_file(one)]
    if wrong:
        return None, wrong
    return [{**one, "size_bytes": int(one["size_bytes"])} for one in value] or None, []


def is_file(one):
    if not isinstance(one, dict) or set(one) != {"file_id", "name", "media_type", "size_bytes"}:
        return False
    if not all(isinstance(one[key], str) for key in ("file_id", "name", "media_type")) or not whole(one["size_bytes"]):
        return False
    letters = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    before, slash, after = one["media_type"].partition("/")
    return (
        1 <= len(one["file_id"]) <= 64
        and set(one["file_id"]) <= letters | set("_-")
        and 1 <= len(one["name"]) <= 255
        and not any(unusable(sign) for sign in one["name"])
        and bool(slash)
        and 1 <= len(before) <= 80
        and 1 <= len(after) <= 120
        and set(before + after) <= letters | set(".+_-")
        and 0 <= one["size_bytes"] < 2**53
    )


READ = {
    "short_text": one_line,
    "long_text": text(5000),
    "email": line_of(254, is_email, "not_an_email"),
    "phone": line_of(40, is_phone, "not_a_phone"),
    "postcode": line_of(20, is_postcode, "not_a_postcode", lambda value: " ".join(value.upper().split())),
    "choice": choice,
    "choices": choices,
    "date": date,
    "age": age,
    "web_addresses": web_addresses,
    "files": files,
}
