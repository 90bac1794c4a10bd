"""Small chat templates, each with one habit of a real model's, written for these tests."""

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

# Qwen2.5: a conversation without system prompt gets one.
DEFAULT_SYSTEM = (
    "{% if messages[0].role != 'system' %}"
    "{{ '<|im_start|>system\\nI am a pot.<|im_end|>\\n' }}"
    "{% endif %}" + CHATML
)

# Qwen3: an empty thinking block before the last answer, in training always, in a prompt if told.
EMPTY_THINKING = """
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if loop.last and message.role == 'assistant' %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
    {{- message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""

# SmolLM3: date and mode in the system turn, which has no end of its own; a block in every answer.
DATED = """
{%- set mode = '/think' if enable_thinking is not defined or enable_thinking else '/no_think' -%}
{%- set given = messages[0].content if messages[0].role == 'system' else '' -%}
{%- if '/no_think' in given %}{% set mode = '/no_think' %}{% endif -%}
{%- set block = '<think>\\n\\n</think>\\n' if mode == '/no_think' else '' -%}
{{- '<|im_start|>system\\n# Facts\\n\\nToday: ' + strftime_now('%d %B %Y') + '\\nMode: ' + mode -}}
{{- '\\n\\n' + (given.replace('/no_think', '').rstrip() or 'I am a small pot.') + '\\n\\n' -}}
{%- for message in messages -%}
    {%- if message.role == 'user' -%}
        {{ '<|im_start|>user\\n' + message.content + '<|im_end|>\\n' }}
    {%- elif message.role == 'assistant' -%}
        {% generation %}
        {{- '<|im_start|>assistant\\n' + block + message.content + '<|im_end|>\\n' -}}
        {% endgeneration %}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{ '<|im_start|>assistant\\n' + block }}
{%- endif -%}"""

# Llama 3: a BOS, a fixed text before any system prompt, trimmed contents.
HEADERS = """
{{- bos_token }}
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '<|im_end|>\\n\\n' }}
    {%- if loop.first and message.role == 'system' %}{{- 'Kitchen of 2023\\n\\n' }}{% endif %}
    {{- message.content | trim + '<|endoftext|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant<|im_end|>\\n\\n' }}{% endif %}"""

TEMPLATES = {
    "plain": CHATML,
    "default system": DEFAULT_SYSTEM,
    "empty thinking": EMPTY_THINKING,
    "dated": DATED,
    "headers": HEADERS,
}
