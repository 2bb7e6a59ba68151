"""The known ways out of a template's sandbox: each is refused before any record, with what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from engine.expressions import BadExpression
from engine.filters import BadValue
from engine.paths import MISSING
from engine.registry import Registry
from engine.scope import Constants, Scope
from engine.templates import compile_template

FILTERS = Registry().filters
RECORD: dict[str, Any] = {"text": "{0.__class__}", "list": [1], "map": {"k": "v"}, "class": "__class__"}

OBJECTS = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ().__class__.__bases__[0].__subclasses__() }}",
    "{{ [].__class__.__mro__ }}",
    "{{ 1.0.__class__ }}",
    "{{ record.__class__ }}",
    "{{ record['__class__'] }}",
    "{{ record.__class__.__mro__[1].__subclasses__()[40] }}",
    "{{ record.text.__class__ }}",
    "{{ record.list.__len__ }}",
    "{{ record.map.__init__.__globals__ }}",
    "{{ record.__init__.__globals__['os'].popen('id').read() }}",
    "{{ record.__getattribute__ }}",
    "{{ record.__dict__ }}",
    "{{ record.list[0].__reduce_ex__ }}",
    "{{ (record, record)[0] }}",
]
GLOBALS = [
    *(
        f"{{{{ {name} }}}}"
        for name in ("lipsum", "cycler", "joiner", "namespace", "self", "request", "config")
    ),
    *(
        f"{{{{ {name} }}}}"
        for name in ("dict", "url_for", "session", "g", "environment", "varargs", "kwargs", "loop")
    ),
    *(
        f"{{{{ {name} }}}}"
        for name in ("__builtins__", "__import__", "__name__", "__file__", "_", "gettext", "debug")
    ),
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ url_for.__globals__ }}",
    "{{ config.items() }}",
    "{{ __ｉmport__('os') }}",  # NFKC makes __import__ of it
    "{{ ｓelf }}",
    "{{ ｌipsum }}",
]
CALLS = [
    "{{ record.text.format(record) }}",
    "{{ '{0.__class__}'.format(record) }}",
    "{{ '{x.__class__}'.format_map(record) }}",
    "{{ '%s' % record }}",
    "{{ '%(text)s' % record }}",
    "{{ record.text.upper() }}",
    "{{ record.text.join(record.list) }}",
    "{{ record.text.encode() }}",
    "{{ record.list.append(1) }}",
    "{{ record.map.pop('k') }}",
    "{{ record.map.get('k') }}",
    "{{ record.items() }}",
    "{{ (1).bit_length() }}",
    "{{ dict(a=1) }}",
    "{{ range(9) }}",
    "{{ namespace(a=1) }}",
    "{{ super() }}",
    "{{ caller() }}",
    "{{ debug() }}",
    "{{ gettext('a') }}",
    "{{ open('/etc/passwd') }}",
    "{{ eval('1') }}",
    "{{ getattr(record, 'text') }}",
    "{{ record.text() }}",
    "{{ record['text']() }}",
    "{{ (record.text ~ 'x')() }}",
    "{{ __import__('os') }}",
]
BUILT_NAMES = [
    "{{ record['__cla' ~ 'ss__'] }}",
    "{{ record['__cla' + 'ss__'] }}",
    "{{ record[record.class] }}",
    "{{ record['__class__' if true else 'a'] }}",
    "{{ record[('__class__')] }}",
    "{{ record['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ record['\\u005f_class__'] }}",
    "{{ record['__CLASS__' | lower] }}",
    "{{ record[['__class__'] | first] }}",
    "{{ record.list[::2] }}",
    "{{ record.list[0:1].__class__ }}",
    "{{ record[1.5] }}",
    "{{ record[true] }}",
]
FILTERS_OF_JINJA = [
    *(
        f"{{{{ record | {name} }}}}"
        for name in ("safe", "tojson", "string", "pprint", "xmlattr", "escape", "list")
    ),
    "{{ record | attr('__class__') }}",
    "{{ record | attr('__cla' ~ 'ss__') }}",
    "{{ record.list | map(attribute='__class__') }}",
    "{{ record.list | map('upper') }}",
    "{{ record.list | select('odd') }}",
    "{{ record.list | selectattr('x') }}",
    "{{ record.list | groupby('__class__') }}",
    "{{ record.list | sort(attribute='__class__') }}",
    "{{ '%s' | format(record) }}",
    "{{ 1 | default(*record.list) }}",
    "{{ 1 | default(**record.map) }}",
    "{{ 1 | default(other=1, **record.map) }}",
]
TESTS_OF_JINJA = [
    "{{ record is callable }}",
    "{{ record.text is defined }}",
    "{{ record is mapping }}",
    "{{ 'money' is filter }}",
    "{{ record is sameas record }}",
    "{{ record.__class__ is defined }}",
]
SYNTAX = [
    "{{ {'a': 1} }}",
    "{{ {}.__class__ }}",
    "{{ 'a' * 9 ** 9 }}",
    "{{ 7 // 2 }}",
    "{{ 1 if true }}",
    "{{ 1; 2 }}",
    "{{ lambda: 1 }}",
    "{{ record := 1 }}",
    "{{ await record }}",
    "{{ `id` }}",
    "{{ record.text!r }}",
]
TAGS = [
    "{% set x = 1 %}",
    "{% set x %}a{% endset %}",
    "{% set record.text = 1 %}",
    "{% set ns.x = 1 %}",
    "{% with a = record %}{{ a }}{% endwith %}",
    "{% include 'x' %}",
    "{% include ['x', record.text] ignore missing %}",
    "{% extends 'x' %}",
    "{% extends record.text %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y with context %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}",
    "{% call m() %}{% endcall %}",
    "{% block b %}{{ super() }}{% endblock %}",
    "{% filter money %}1{% endfilter %}",
    "{% autoescape false %}{{ 1 }}{% endautoescape %}",
    "{% do record.list.append(1) %}",
    "{% print record %}",
    "{% debug %}",
    "{% trans %}a{% endtrans %}",
    "{% trans x=record %}{{ x }}{% pluralize %}b{% endtrans %}",
    "{% break %}",
    "{% for x in record.list %}{% break %}{% endfor %}",
    "{% for x in record.list recursive %}{{ loop(x) }}{% endfor %}",
    "{% for a, b in record.map %}{% endfor %}",
    "{% for record in record.list %}{% endfor %}",
    "{% for loop in record.list %}{% endfor %}",
    "{% for x in record.list %}{{ loop.__class__ }}{% endfor %}",
    "{% for x in record.list %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in record.list %}{{ loop.changed(x) }}{% endfor %}",
    "{% for x in record.list %}{{ loop.parent }}{% endfor %}",
    "{% for x in record.list %}{{ loop._iterator }}{% endfor %}",
    "{% for x in record.list %}{{ loop['__init__'] }}{% endfor %}",
    "{% for x in record.list if loop.first %}{% endfor %}",
    "{% for x in record.list %}{% set y = x %}{% endfor %}",
    "{% for x in range(9) %}{% endfor %}",
    "{% for x in record.map.items() %}{% endfor %}",
    "{% if true %}{% else %}{% include 'x' %}{% endif %}",
    "{% if cycler %}{% endif %}",
    "{% raw %}{{ record }}{% endraw %}",
    "{%- raw -%}{{ record }}{%- endraw -%}",
    "a {% raw %}{% endraw %}{{ record.text }}",
    "{# a comment #}",
    "{% endfor %}",
    "{% async for x in record.list %}{% endfor %}",
]
ESCAPES = [
    *OBJECTS, *GLOBALS, *CALLS, *BUILT_NAMES, *FILTERS_OF_JINJA, *TESTS_OF_JINJA, *SYNTAX, *TAGS,
]  # fmt: skip


@pytest.mark.parametrize("text", ESCAPES)
def test_a_way_out_is_refused_before_any_record_with_a_cure(text: str) -> None:
    with pytest.raises(BadExpression) as refused:
        compile_template(text, {"record"}, FILTERS)
    assert refused.value.help
    assert 0 <= refused.value.offset <= len(text)
    assert not {"Undefined", "TemplateSyntaxError", "None", "True", "class '"} & set(
        str(refused.value).split()
    )


@pytest.mark.parametrize(
    "text", ["# for x in record.list", "%% set x = 1", "## a line comment", "${record.text}"]
)
def test_line_statements_and_other_delimiters_are_text(text: str) -> None:
    template = compile_template(text + "\n{{ 1 }}", {"record"}, FILTERS)
    assert template.evaluate(Scope({"record": RECORD}, Constants())) == f"{text}\n1"


@pytest.mark.parametrize(
    "name", ["format", "_x", "__x", "x__", "mro", "ｃlass", "items", "get", "func_globals"]
)
def test_a_name_that_is_an_attribute_elsewhere_is_a_field_here(name: str) -> None:
    template = compile_template(f"{{{{ record.{name} }}}}", {"record"}, FILTERS)
    assert template.evaluate(Scope({"record": {}}, Constants())) is MISSING
    assert template.evaluate(Scope({"record": {name: 1}}, Constants())) == 1


@pytest.mark.parametrize("name", ["text.format", "text.upper", "list.append", "list.pop", "list.count"])
def test_text_and_lists_have_no_fields(name: str) -> None:
    template = compile_template(f"{{{{ record.{name} }}}}", {"record"}, FILTERS)
    with pytest.raises(BadValue, match="only a mapping has keys"):
        template.evaluate(Scope({"record": RECORD}, Constants()))


def test_text_that_looks_like_a_template_is_not_read_again() -> None:
    template = compile_template("a {{ record.text }}", {"record"}, FILTERS)
    made = template.evaluate(Scope({"record": {"text": "{{ record }}{% set x = 1 %}"}}, Constants()))
    assert made == "a {{ record }}{% set x = 1 %}"
