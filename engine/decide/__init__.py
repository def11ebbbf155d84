"""Who should hear of it, and who not, and why?"""
