"""Kind `generate`: pictures by a Stable Diffusion WebUI that the operator named."""
