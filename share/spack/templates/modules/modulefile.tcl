#%Module1.0
{% block header %}
# {{ title }}
# Written by spack module tcl refresh: changes here are lost.
{% if short_description %}

module-whatis {{ short_description|tcl }}
{% endif %}

proc ModulesHelp {} {
{% for line in help_lines %}
    puts stderr {{ line|tcl }}
{% endfor %}
}
{% endblock %}
{% block autoloads %}
{% if autoload %}

{% for module in autoload %}
{% if verbose %}
if {[module-info mode load]} {puts stderr {{ ("Loading " + module)|tcl }}}
{% endif %}
if {[llength [info commands depends-on]]} {depends-on {{ module }}} else {module load {{ module }}}
{% endfor %}
{% endif %}
{% endblock %}
{% block prerequisite %}
{% if prerequisites %}

{% for module in prerequisites %}
prereq {{ module }}
{% endfor %}
{% endif %}
{% endblock %}
{% block conflict %}
{% if conflicts %}

{% for name in conflicts %}
conflict {{ name }}
{% endfor %}
{% endif %}
{% endblock %}
{% block environment %}
{% if environment_modifications %}

set lmod [info exists ::env(LMOD_VERSION_MAJOR)]
# Unloading gives a variable its former value back, where the module command can do that.
set assign [expr {$lmod || ![llength [info commands pushenv]] ? "setenv" : "pushenv"}]
{% for kind, change in environment_modifications %}
{% if kind == "PrependPath" %}
prepend-path {{ "--delim " + change.separator|tcl + " " if change.separator != ":" }}{{ change.name }} {{ change.value|tcl }}
{% elif kind in ("AppendPath", "AppendFlagsEnv") %}
append-path {{ "--delim " + change.separator|tcl + " " if change.separator != ":" }}{{ change.name }} {{ change.value|tcl }}
{% elif kind in ("RemovePath", "RemoveFirstPath", "RemoveLastPath", "RemoveFlagsEnv") %}
remove-path {{ "--delim " + change.separator|tcl + " " if change.separator != ":" }}{{ change.name }} {{ change.value|tcl }}
{% elif kind in ("SetEnv", "SetPath") %}
$assign {{ change.name }} {{ change.value|tcl }}
{% elif kind == "UnsetEnv" %}
{% set former = "__SPACK_" + change.name + "_" + hash[:7] %}
if {$lmod} {
    unsetenv {{ change.name }}
} elseif {[info exists ::env({{ former }})]} {
    unsetenv {{ change.name }} $::env({{ former }})
    setenv {{ former }} {}
} elseif {[info exists ::env({{ change.name }})]} {
    setenv {{ former }} $::env({{ change.name }})
    unsetenv {{ change.name }}
}
{% endif %}
{% endfor %}
{% endif %}
{% endblock %}
{% block footer %}
{% endblock %}
