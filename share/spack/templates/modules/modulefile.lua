-- -*- lua -*-
{% block header %}
-- {{ title }}
-- Written by spack module lmod refresh: changes here are lost.

whatis({{ ("Name : " + name)|lua }})
whatis({{ ("Version : " + version)|lua }})
whatis({{ ("Target : " + target)|lua }})
{% if short_description %}
whatis({{ ("Short description : " + short_description)|lua }})
{% endif %}
help({{ help_lines|join|lua }})
{% endblock %}
{% block provides %}
{% for level in provides %}

family({{ level|lua }})
{% endfor %}
{% if has_modulepath_modifications %}
{% if has_conditional_modifications %}
{% for level in missing %}
local {{ level }}_name = os.getenv("LMOD_{{ level|upper }}_NAME")
local {{ level }}_version = os.getenv("LMOD_{{ level|upper }}_VERSION")
{% endfor %}
{% endif %}
{% for path in unlocked_paths %}
prepend_path("MODULEPATH", {{ path|lua }})
{% endfor %}
{% for condition, parts in conditionally_unlocked_paths %}
if {{ condition }} then
    prepend_path("MODULEPATH", pathJoin({{ parts }}))
end
{% endfor %}
{% if name_part %}
{% for level in provides %}
setenv("LMOD_{{ level|upper }}_NAME", {{ name_part|lua }})
setenv("LMOD_{{ level|upper }}_VERSION", {{ version_part|lua }})
{% endfor %}
{% endif %}
{% endif %}
{% endblock %}
{% block autoloads %}
{% if autoload %}

{% for module in autoload %}
{% if verbose %}
if mode() == "load" then LmodMessage({{ ("Loading " + module)|lua }}) end
{% endif %}
depends_on({{ module|lua }})
{% endfor %}
{% endif %}
{% endblock %}
{% block conflict %}
{% if conflicts %}

{% for name in conflicts %}
conflict({{ name|lua }})
{% endfor %}
{% endif %}
{% endblock %}
{% block environment %}
{% if environment_modifications %}

{% for kind, change in environment_modifications %}
{% if kind == "PrependPath" %}
prepend_path({{ change.name|lua }}, {{ change.value|lua }}, {{ change.separator|lua }})
{% elif kind in ("AppendPath", "AppendFlagsEnv") %}
append_path({{ change.name|lua }}, {{ change.value|lua }}, {{ change.separator|lua }})
{% elif kind in ("RemovePath", "RemoveFirstPath", "RemoveLastPath", "RemoveFlagsEnv") %}
remove_path({{ change.name|lua }}, {{ change.value|lua }}, {{ change.separator|lua }})
{% elif kind in ("SetEnv", "SetPath") %}
pushenv({{ change.name|lua }}, {{ change.value|lua }})
{% elif kind == "UnsetEnv" %}
pushenv({{ change.name|lua }}, false)
{% endif %}
{% endfor %}
{% endif %}
{% endblock %}
{% block footer %}
{% endblock %}
